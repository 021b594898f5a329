/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* sigset_t in batch.h */
#include "batch/collect.h"

#include <stdlib.h>

#define FIRST_ROOM ((size_t)1 << 20)

void collect(batch_input *input, uint64_t size, collect_fn more, void *user)
{
    size_t room = size < FIRST_ROOM ? (size_t)size + 1 : FIRST_ROOM; /* never 0 */
    uint8_t *bytes = malloc(room);
    size_t have = 0;

    while (bytes != NULL && have < size) {
        if (have == room) {
            room = 2 * (uint64_t)room < size ? 2 * room : (size_t)size;
            uint8_t *grown = realloc(bytes, room);
            if (grown == NULL)
                free(bytes);
            bytes = grown;
            continue;
        }
        size_t n = more(user, bytes + have, size - have < room - have ? (size_t)(size - have) : room - have);
        if (n == 0)
            break;
        have += n;
    }
    if (bytes == NULL) {
        input->trouble = REASON_NO_MEMORY;
        input->why = "not enough memory for its content";
    } else if (have < size) {
        input->trouble = REASON_TRUNCATED;
        input->why = "the stream ends within it";
        free(bytes);
        bytes = NULL;
    }
    input->bytes = bytes;
    input->size = bytes != NULL ? have : 0;
}
