/* SPDX-License-Identifier: Apache-2.0 */
#include "util/bytes.h"

#include <string.h>

phash_reader phash_reader_init(const uint8_t *data, size_t size)
{
    phash_reader r = {data, size, 0, false};
    return r;
}

const uint8_t *phash_read_bytes(phash_reader *r, size_t size)
{
    if (r->failed || size > r->size - r->at) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *p = r->data + r->at;
    r->at += size;
    return p;
}

void phash_read_copy(phash_reader *r, void *out, size_t size)
{
    const uint8_t *p = phash_read_bytes(r, size);

    if (p != NULL)
        memcpy(out, p, size);
    else
        memset(out, 0, size);
}

static uint64_t read_le(phash_reader *r, size_t size)
{
    const uint8_t *p = phash_read_bytes(r, size);
    uint64_t value = 0;

    for (size_t i = 0; p != NULL && i < size; i++)
        value |= (uint64_t)p[i] << (8 * i);
    return value;
}

static uint64_t read_be(phash_reader *r, size_t size)
{
    const uint8_t *p = phash_read_bytes(r, size);
    uint64_t value = 0;

    for (size_t i = 0; p != NULL && i < size; i++)
        value = (value << 8) | p[i];
    return value;
}

uint8_t phash_read_u8(phash_reader *r)
{
    return (uint8_t)read_le(r, 1);
}

uint16_t phash_read_u16le(phash_reader *r)
{
    return (uint16_t)read_le(r, 2);
}

uint32_t phash_read_u32le(phash_reader *r)
{
    return (uint32_t)read_le(r, 4);
}

uint64_t phash_read_u64le(phash_reader *r)
{
    return read_le(r, 8);
}

uint16_t phash_read_u16be(phash_reader *r)
{
    return (uint16_t)read_be(r, 2);
}

uint32_t phash_read_u32be(phash_reader *r)
{
    return (uint32_t)read_be(r, 4);
}

size_t phash_reader_left(const phash_reader *r)
{
    return r->failed ? 0 : r->size - r->at;
}

phash_writer phash_writer_init(uint8_t *data, size_t size)
{
    phash_writer w = {data, size, 0, false};
    return w;
}

/* Advance by size; the place to store at, or NULL when only counting or out of room. */
static uint8_t *advance(phash_writer *w, size_t size)
{
    uint8_t *p = NULL;

    if (w->data != NULL && !w->failed) {
        if (size > w->size - w->at)
            w->failed = true;
        else
            p = w->data + w->at;
    }
    w->at += size;
    return p;
}

void phash_write_bytes(phash_writer *w, const void *bytes, size_t size)
{
    uint8_t *p = advance(w, size);

    if (p != NULL && size != 0)
        memcpy(p, bytes, size);
}

void phash_write_zeros(phash_writer *w, size_t size)
{
    uint8_t *p = advance(w, size);

    if (p != NULL)
        memset(p, 0, size);
}

static void write_le(phash_writer *w, uint64_t value, size_t size)
{
    uint8_t *p = advance(w, size);

    for (size_t i = 0; p != NULL && i < size; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

void phash_write_u8(phash_writer *w, uint8_t value)
{
    write_le(w, value, 1);
}

void phash_write_u16le(phash_writer *w, uint16_t value)
{
    write_le(w, value, 2);
}

void phash_write_u32le(phash_writer *w, uint32_t value)
{
    write_le(w, value, 4);
}

void phash_write_u64le(phash_writer *w, uint64_t value)
{
    write_le(w, value, 8);
}

void phash_write_u16be(phash_writer *w, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    phash_write_bytes(w, bytes, sizeof bytes);
}
