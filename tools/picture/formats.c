/* SPDX-License-Identifier: Apache-2.0 */
#include "picture/formats.h"

#include "cli/cli.h"

#include <inttypes.h>
#include <string.h>

/* In the order of phash_kind, from 1. */
static const char *const names[] = {"", "jpeg", "png", "webp", "gif", "bmp", "pnm", "tiff", "heif", "avif", "jxl"};
#define KINDS ((uint32_t)(sizeof names / sizeof *names))

bool formats_is_option(int option)
{
    return option >= 0x200 && option <= 0x202;
}

/* The kind of a name of n characters; 0 for none. */
static uint32_t kind_of(const char *name, size_t n)
{
    for (uint32_t k = 1; k < KINDS; k++)
        if (strlen(names[k]) == n && memcmp(names[k], name, n) == 0)
            return k;
    return 0;
}

/* "jpeg,png" as a set of kinds. */
static bool parse_kinds(uint32_t *out, const char *option, const char *value)
{
    *out = 0;
    for (;;) {
        const size_t n = strcspn(value, ",");
        const uint32_t kind = kind_of(value, n);
        if (kind == 0) {
            usage_error("%s takes names of formats with commas between, such as jpeg,png; not '%s'", option, value);
            return false;
        }
        *out |= 1u << kind;
        if (value[n] == '\0')
            return true;
        value += n + 1;
    }
}

static bool take_formats(phash_decode_options *decode, const char *value)
{
    uint32_t wanted;

    if (!parse_kinds(&wanted, "--formats", value))
        return false;
    for (uint32_t k = 1; k < KINDS; k++)
        if ((wanted >> k & 1) != 0 && !phash_kind_is_supported((phash_kind)k)) {
            usage_error("this build does not decode %s: see phash --version", names[k]);
            return false;
        }
    decode->refused_kinds |= ~wanted;
    return true;
}

bool formats_take_option(phash_decode_options *decode, int option, const char *value)
{
    uint64_t frame;
    uint32_t kinds;

    switch (option) {
    case 0x200: return take_formats(decode, value);
    case 0x201:
        if (!parse_kinds(&kinds, "--no-formats", value))
            return false;
        decode->refused_kinds |= kinds;
        return true;
    default:
        if (!parse_number(&frame, "--frames", value, 0, PHASH_FRAME_MAX))
            return false;
        decode->frame = (uint32_t)frame;
        return true;
    }
}

bool formats_take_max_frames(uint32_t *max_frames, const char *value)
{
    uint64_t n;

    if (!parse_number(&n, "--max-frames", value, 1, PHASH_FRAME_MAX + 1))
        return false;
    *max_frames = (uint32_t)n;
    return true;
}

void formats_describe(text *out, const phash_decode_options *decode)
{
    const char *comma = "";

    text_put(out, ",\"formats\":[");
    for (uint32_t k = 1; k < KINDS; k++)
        if (phash_kind_is_supported((phash_kind)k) && (decode->refused_kinds >> k & 1) == 0) {
            text_printf(out, "%s\"%s\"", comma, names[k]);
            comma = ",";
        }
    text_put(out, "]");
    if (decode->frame != 0)
        text_printf(out, ",\"frame\":%" PRIu32, decode->frame);
}

void formats_describe_frames(text *out, uint32_t frames, uint32_t frame)
{
    if (frames > 1)
        text_printf(out, ",\"frames\":%" PRIu32 ",\"frame\":%" PRIu32, frames, frame);
}
