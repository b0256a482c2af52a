# Medians, spreads and ratios. First file: works and what is to be reached; second: results, lines
# of "work server unit value".
function by_value(list, n,    i, j, value) {
	for (i = 2; i <= n; i++) {
		value = list[i]
		for (j = i - 1; j >= 1 && list[j] > value; j--)
			list[j + 1] = list[j]
		list[j + 1] = value
	}
}
function show(value) { return sprintf(value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value) }
# "median (least..most)" of a work's results; sets median[server]
function cell(work, server,    n, i, list) {
	delete median[server]
	n = count[work, server]
	if (!n)
		return "-"
	for (i = 1; i <= n; i++)
		list[i] = value[work, server, i]
	by_value(list, n)
	median[server] = n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
	return show(median[server]) " (" show(list[1]) ".." show(list[n]) ")"
}
function ratio(server) {
	if (!(server in median) || !("smtpipe" in median) || !median[server])
		return "-"
	return sprintf("%.2f", median["smtpipe"] / median[server])
}
FNR == NR {
	works[++works_count] = $1
	goal[$1] = substr($0, length($1) + 2)
	next
}
{
	unit[$1] = $3
	value[$1, $2, ++count[$1, $2]] = $4 + 0
}
END {
	form = "%-15s %-5s %-24s %-24s %-24s %9s %9s  %s\n"
	printf form, "work", "unit", "smtpipe", "Postfix", "Exim", "/Postfix", "/Exim", "to reach"
	for (i = 1; i <= works_count; i++) {
		work = works[i]
		if (!(work in unit))
			continue
		us = cell(work, "smtpipe")
		postfix = cell(work, "postfix")
		exim = cell(work, "exim")
		printf form, work, unit[work], us, postfix, exim, ratio("postfix"), ratio("exim"), goal[work]
	}
}
