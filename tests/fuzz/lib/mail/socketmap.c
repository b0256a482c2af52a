/* Requests of Postfix: what is whole lies in what came, and is whole wherever that is cut. */
#include "mail/socketmap.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	struct socketmap_request request, again;
	enum socketmap_state state = socketmap_read(&request, bytes, len);
	char *piece;

	for (size_t part = 0; part < len && part < 64; part++) {
		char *cut = fuzz_piece(bytes, part);
		enum socketmap_state before = socketmap_read(&again, cut, part);

		assert(before == SOCKETMAP_MORE || before == state);
		free(cut);
	}
	if (state != SOCKETMAP_WHOLE)
		return;
	assert(request.bytes <= len && request.key_len < SOCKETMAP_REQUEST_MAX);
	assert(request.key > bytes && request.key + request.key_len < bytes + request.bytes);
	piece = fuzz_piece(bytes, request.bytes);
	assert(socketmap_read(&again, piece, request.bytes) == SOCKETMAP_WHOLE
	       && again.key_len == request.key_len);
	free(piece);
}
