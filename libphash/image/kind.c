/* SPDX-License-Identifier: Apache-2.0 */
/* Telling kinds of files apart by their first bytes; names. */
#include <phash/image.h>

#include <stdbool.h>
#include <string.h>

static bool starts(const uint8_t *bytes, size_t size, const char *magic, size_t n)
{
    return size >= n && memcmp(bytes, magic, n) == 0;
}

static uint32_t read_u32(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static phash_kind kind_of_brand(const uint8_t *brand)
{
    static const char heif[][5] = {"heic", "heix", "heim", "heis", "hevc", "hevx"};

    if (memcmp(brand, "avif", 4) == 0 || memcmp(brand, "avis", 4) == 0)
        return PHASH_KIND_AVIF;
    for (size_t i = 0; i < sizeof heif / sizeof *heif; i++)
        if (memcmp(brand, heif[i], 4) == 0)
            return PHASH_KIND_HEIF;
    return PHASH_KIND_UNKNOWN;
}

/* ISO base media files: "ftyp" after the size of the box, then the major brand, a version, and the compatible brands.
 * mif1 and msf1 say only that there is a picture; a compatible brand then tells how it is coded. Brands past the first
 * 32 bytes are not looked at. Source: ISO/IEC 14496-12 s. 4.3, ISO/IEC 23008-12 s. 10. */
static phash_kind sniff_ftyp(const uint8_t *bytes, size_t size)
{
    if (size < 12 || memcmp(bytes + 4, "ftyp", 4) != 0)
        return PHASH_KIND_UNKNOWN;
    const phash_kind major = kind_of_brand(bytes + 8);
    if (major != PHASH_KIND_UNKNOWN)
        return major;
    if (memcmp(bytes + 8, "mif1", 4) != 0 && memcmp(bytes + 8, "msf1", 4) != 0)
        return PHASH_KIND_UNKNOWN;
    const uint32_t box = read_u32(bytes, true);
    for (size_t at = 16; at + 4 <= 32 && at + 4 <= box && at + 4 <= size; at += 4)
        if (kind_of_brand(bytes + at) != PHASH_KIND_UNKNOWN)
            return kind_of_brand(bytes + at);
    return PHASH_KIND_HEIF;
}

/* "BM" begins many a text: the size of the second header must be one of those in use, 12 to 124 bytes. */
static bool is_bmp(const uint8_t *bytes, size_t size)
{
    if (!starts(bytes, size, "BM", 2) || size < 26)
        return false;
    const uint32_t header = read_u32(bytes + 14, false);
    return header == 12 || header == 16 || (header >= 40 && header <= 124);
}

static phash_kind sniff_short(const uint8_t *bytes, size_t size)
{
    if (starts(bytes, size, "\xff\x0a", 2))
        return PHASH_KIND_JXL;
    if (is_bmp(bytes, size))
        return PHASH_KIND_BMP;
    if (size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
        (bytes[2] == '\n' || bytes[2] == '\r' || bytes[2] == ' ' || bytes[2] == '\t' || bytes[2] == '#'))
        return PHASH_KIND_PNM;
    return PHASH_KIND_UNKNOWN;
}

phash_kind phash_kind_sniff(const uint8_t *bytes, size_t size)
{
    if (bytes == NULL)
        return PHASH_KIND_UNKNOWN;
    if (starts(bytes, size, "\xff\xd8\xff", 3))
        return PHASH_KIND_JPEG;
    if (starts(bytes, size, "\x89PNG\r\n\x1a\n", 8))
        return PHASH_KIND_PNG;
    if (starts(bytes, size, "RIFF", 4) && size >= 12 && memcmp(bytes + 8, "WEBP", 4) == 0)
        return PHASH_KIND_WEBP;
    if (starts(bytes, size, "GIF87a", 6) || starts(bytes, size, "GIF89a", 6))
        return PHASH_KIND_GIF;
    if (starts(bytes, size, "II*\0", 4) || starts(bytes, size, "MM\0*", 4))
        return PHASH_KIND_TIFF;
    if (starts(bytes, size, "\0\0\0\x0cJXL \r\n\x87\n", 12))
        return PHASH_KIND_JXL;
    const phash_kind kind = sniff_ftyp(bytes, size);
    return kind != PHASH_KIND_UNKNOWN ? kind : sniff_short(bytes, size);
}

const char *phash_kind_name(phash_kind kind)
{
    switch (kind) {
    case PHASH_KIND_UNKNOWN: break;
    case PHASH_KIND_JPEG: return "JPEG";
    case PHASH_KIND_PNG: return "PNG";
    case PHASH_KIND_WEBP: return "WebP";
    case PHASH_KIND_GIF: return "GIF";
    case PHASH_KIND_BMP: return "BMP";
    case PHASH_KIND_PNM: return "PNM";
    case PHASH_KIND_TIFF: return "TIFF";
    case PHASH_KIND_HEIF: return "HEIF";
    case PHASH_KIND_AVIF: return "AVIF";
    case PHASH_KIND_JXL: return "JPEG XL";
    }
    return "unknown";
}

const char *phash_reading_name(uint32_t reading)
{
    switch (reading) {
    case 0: return "upright";
    case PHASH_READING_STORED: return "stored";
    case PHASH_READING_ALPHA_DROPPED: return "alpha-dropped";
    case PHASH_READING_STORED | PHASH_READING_ALPHA_DROPPED: return "stored+alpha-dropped";
    default: return "unknown";
    }
}

const char *phash_pipeline_name(phash_pipeline pipeline)
{
    switch (pipeline) {
    case PHASH_PIPELINE_EXACT: return "pdq-512nn exact";
    case PHASH_PIPELINE_LUMA: return "pdq-512nn luma";
    case PHASH_PIPELINE_SCALED: return "pdq-512nn scaled";
    }
    return "unknown";
}
