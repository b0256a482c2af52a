#include "net/policy_ask.h"

#include "net/ask.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { POLICY_TIMEOUT_S = 60 };

/* An action of Postfix's access(5) as a reply; NULL: nothing against it. */
static const char *
policy_reply(const char *action)
{
	static char reply[REPLY_MAX + 1];
	const char *text = strchr(action, ' ');

	text = text ? text + 1 : "";
	if (strcasecmp(action, "OK") == 0 || strcasecmp(action, "DUNNO") == 0)
		return NULL;
	if (strncasecmp(action, "REJECT", 6) == 0)
		snprintf(reply, sizeof reply, "554 5.7.1 %s", *text ? text : "not permitted");
	else if (strncasecmp(action, "DEFER", 5) == 0)
		snprintf(reply, sizeof reply, "450 4.7.1 %s", *text ? text : "not now");
	else if ((action[0] == '4' || action[0] == '5') && strspn(action, "0123456789") == 3
	         && action[3] == ' ' && action[4] == action[0] && action[5] == '.')
		snprintf(reply, sizeof reply, "%s", action);
	else
		return "451 4.3.5 our policy program is not understood, try again later";
	return reply;
}

const char *
policy_ask(struct session *s, const char *state, const char *recipient)
{
	static struct dialogue judge;
	static char reply[REPLY_MAX + 1];
	const struct {
		const char *name, *value;
	} question[] = {
		{ "request", "smtpd_access_policy" },
		{ "protocol_state", state },
		{ "protocol_name", s->extended ? "ESMTP" : "SMTP" },
		{ "client_address", s->settings->client },
		{ "helo_name", s->helo },
		{ "sender", s->sender.len ? s->sender.s : "" },
		{ "recipient", recipient },
		{ "instance", s->settings->conn },
	};
	enum line_status status;
	size_t len;
	char *line;

	if (s->policy < 0) {
		if (ask(&s->channel, ASK_POLICY, &s->policy, 1) != ANSWER_YES) {
			s->policy = -1;
			return "451 4.3.5 our policy program cannot be asked, try again later";
		}
		dialogue_start(&judge, s->policy, s->policy);
		judge.lf = true;
	}
	for (size_t i = 0; i < sizeof question / sizeof *question; i++) {
		char attribute[REPLY_MAX + 1];

		snprintf(attribute, sizeof attribute, "%s=%s", question[i].name, question[i].value);
		if (!dialogue_put(&judge, attribute))
			goto broken;
	}
	if (!dialogue_put(&judge, "") || !dialogue_flush(&judge, POLICY_TIMEOUT_S))
		goto broken;
	reply[0] = 0;
	while ((status = dialogue_line(&judge, POLICY_TIMEOUT_S, &line, &len)) == LINE_OK && len)
		if (strncmp(line, "action=", 7) == 0)
			snprintf(reply, sizeof reply, "%s", line + 7);
	if (status == LINE_OK && reply[0])
		return policy_reply(reply);
broken:
	close(s->policy);
	s->policy = -1;
	return "451 4.3.5 our policy program gave no answer, try again later";
}
