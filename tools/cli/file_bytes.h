/* SPDX-License-Identifier: Apache-2.0 */
/* Little-endian numbers, and reading and writing at a place in a file: what the journals share. */
#ifndef PHASH_TOOLS_FILE_BYTES_H
#define PHASH_TOOLS_FILE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Write the lowest size bytes of a number, least significant first; size is at most 8. */
void bytes_put_le(uint8_t *out, uint64_t value, size_t size);

/** Read such a number. */
uint64_t bytes_get_le(const uint8_t *bytes, size_t size);

/** Bytes read at a place, fewer than size at the end of the file; -1 with errno. */
ssize_t file_read_at(int fd, uint8_t *out, size_t size, uint64_t at);

/** Write all bytes at a place; false with errno. */
bool file_write_at(int fd, const uint8_t *bytes, size_t size, uint64_t at);

#endif
