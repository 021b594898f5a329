/* SPDX-License-Identifier: Apache-2.0 */
#include "image/exif.h"

#include "util/bytes.h"

#include <string.h>

#define TAG_ORIENTATION 0x0112u
#define TYPE_SHORT 3u

static uint16_t read_u16(phash_reader *r, bool big)
{
    return big ? phash_read_u16be(r) : phash_read_u16le(r);
}

static uint32_t read_u32(phash_reader *r, bool big)
{
    return big ? phash_read_u32be(r) : phash_read_u32le(r);
}

/* Search the first directory (IFD0, which describes the main picture; IFD1 is the thumbnail). The number of
 * entries has 16 bits and each takes 12 bytes, so the loop is bounded by the data and by 65,535. */
static uint32_t search_directory(phash_reader *r, bool big)
{
    const uint32_t n = read_u16(r, big);

    for (uint32_t i = 0; i < n && !r->failed; i++) {
        const uint16_t tag = read_u16(r, big);
        const uint16_t type = read_u16(r, big);
        const uint32_t count = read_u32(r, big);
        const uint16_t value = read_u16(r, big); /* a SHORT sits in the first two bytes of the value field */
        (void)read_u16(r, big);
        if (tag == TAG_ORIENTATION && !r->failed)
            return type == TYPE_SHORT && count == 1 && value >= 1 && value <= 8 ? value : 0;
    }
    return 0;
}

uint32_t phash_exif_orientation(const uint8_t *tiff, size_t size)
{
    phash_reader r = phash_reader_init(tiff, size);
    const uint8_t *order = phash_read_bytes(&r, 2);

    if (order == NULL || order[0] != order[1] || (order[0] != 'I' && order[0] != 'M'))
        return 0;
    const bool big = order[0] == 'M';
    if (read_u16(&r, big) != 42)
        return 0;
    const uint32_t offset = read_u32(&r, big);
    /* The header itself is 8 bytes; a directory may lie anywhere behind it. */
    if (r.failed || offset < 8 || phash_read_bytes(&r, offset - 8) == NULL)
        return 0;
    return search_directory(&r, big);
}

uint32_t phash_exif_app1_orientation(const uint8_t *body, size_t size)
{
    /* "Exif", a zero and a padding byte. XMP and others share APP1 under other names. */
    if (size < 6 || memcmp(body, "Exif\0", 5) != 0)
        return 0;
    return phash_exif_orientation(body + 6, size - 6);
}
