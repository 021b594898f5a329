/* SPDX-License-Identifier: Apache-2.0 */
/* Telling kinds of files apart by their first bytes. */
#include <phash/image.h>

#include <stdbool.h>
#include <string.h>

static bool starts(const uint8_t *bytes, size_t size, const char *magic, size_t n)
{
    return size >= n && memcmp(bytes, magic, n) == 0;
}

/* ISO base media files: "ftyp" after a size, then the major and compatible brands (ISO/IEC 23008-12, AVIF s. 6). */
static phash_kind sniff_ftyp(const uint8_t *bytes, size_t size)
{
    static const char heif[][5] = {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"};

    if (!starts(bytes + 4, size - 4, "ftyp", 4))
        return PHASH_KIND_UNKNOWN;
    if (memcmp(bytes + 8, "avif", 4) == 0 || memcmp(bytes + 8, "avis", 4) == 0)
        return PHASH_KIND_AVIF;
    for (size_t i = 0; i < sizeof heif / sizeof *heif; i++)
        if (memcmp(bytes + 8, heif[i], 4) == 0)
            return PHASH_KIND_HEIF;
    return PHASH_KIND_UNKNOWN;
}

static phash_kind sniff_short(const uint8_t *bytes, size_t size)
{
    if (starts(bytes, size, "\xff\x0a", 2))
        return PHASH_KIND_JXL;
    if (starts(bytes, size, "BM", 2) && size >= 26)
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
    if (size >= 12 && sniff_ftyp(bytes, size) != PHASH_KIND_UNKNOWN)
        return sniff_ftyp(bytes, size);
    return sniff_short(bytes, size);
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

int phash_kind_is_supported(phash_kind kind)
{
    return kind == PHASH_KIND_JPEG || kind == PHASH_KIND_PNG;
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
