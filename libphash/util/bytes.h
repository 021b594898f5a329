/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing bytes with every bound checked.
 *
 * A reader or writer that once ran out of room stays failed: check `failed` (or _ok) once at the end. A failed
 * reader gives zeros, so nothing uninitialised escapes. Integers are little-endian in files and big-endian
 * where an RFC says so. */
#ifndef PHASH_UTIL_BYTES_H
#define PHASH_UTIL_BYTES_H

#include <phash/phash.h>
#include <stdbool.h>

typedef struct phash_reader {
    const uint8_t *data;
    size_t size;
    size_t at;
    bool failed;
} phash_reader;

typedef struct phash_writer {
    uint8_t *data; /* may be NULL with size 0: then only the length is counted */
    size_t size;
    size_t at; /* bytes written, or that would have been written */
    bool failed;
} phash_writer;

/** Read from size bytes at data, which are borrowed. */
phash_reader phash_reader_init(const uint8_t *data, size_t size);
/** Borrow the next size bytes; NULL when there are fewer. */
const uint8_t *phash_read_bytes(phash_reader *r, size_t size);
/** Copy the next size bytes; zeros when there are fewer. */
void phash_read_copy(phash_reader *r, void *out, size_t size);
/** The next integer; 0 when there are too few bytes. */
uint8_t phash_read_u8(phash_reader *r);
uint16_t phash_read_u16le(phash_reader *r);
uint32_t phash_read_u32le(phash_reader *r);
uint64_t phash_read_u64le(phash_reader *r);
uint16_t phash_read_u16be(phash_reader *r);
uint32_t phash_read_u32be(phash_reader *r);
/** Bytes not read yet. */
size_t phash_reader_left(const phash_reader *r);

/** Write to size bytes at data, which are borrowed; NULL and 0 count only. */
phash_writer phash_writer_init(uint8_t *data, size_t size);
/** Append bytes, zeros or an integer; nothing is stored once there was no room. */
void phash_write_bytes(phash_writer *w, const void *bytes, size_t size);
void phash_write_zeros(phash_writer *w, size_t size);
void phash_write_u8(phash_writer *w, uint8_t value);
void phash_write_u16le(phash_writer *w, uint16_t value);
void phash_write_u32le(phash_writer *w, uint32_t value);
void phash_write_u64le(phash_writer *w, uint64_t value);
void phash_write_u16be(phash_writer *w, uint16_t value);

#endif
