/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "picture/kind_suffix.h"

#include <string.h>
#include <strings.h>

/* By the names of kinds, so that a kind that is not in the table is never said to disagree. */
static const struct {
    const char *kind;
    const char *suffix;
} suffixes[] = {
    {"JPEG", "jpg"},  {"JPEG", "jpeg"}, {"JPEG", "jpe"}, {"JPEG", "jfif"}, {"JPEG", "jfi"}, {"JPEG", "jif"},
    {"JPEG", "mpo"},  {"PNG", "png"},   {"PNG", "apng"}, {"WebP", "webp"}, {"GIF", "gif"},  {"BMP", "bmp"},
    {"BMP", "dib"},   {"PNM", "pnm"},   {"PNM", "pbm"},  {"PNM", "pgm"},   {"PNM", "ppm"},  {"PNM", "pam"},
    {"TIFF", "tif"},  {"TIFF", "tiff"}, {"TIFF", "dng"}, {"TIFF", "nef"},  {"TIFF", "cr2"}, {"TIFF", "arw"},
    {"HEIF", "heic"}, {"HEIF", "heif"}, {"HEIF", "hif"}, {"AVIF", "avif"}, {"JXL", "jxl"},
};

#define SUFFIXES (sizeof suffixes / sizeof *suffixes)

bool kind_disagrees(const char *name, phash_kind kind)
{
    const char *suffix = name + strlen(name);
    bool of_pictures = false;
    bool kind_listed = false;

    while (suffix > name && suffix[-1] != '.' && suffix[-1] != '/')
        suffix--;
    /* ".jpg" alone is a hidden file, not an extension */
    if (suffix - name < 2 || suffix[-1] != '.' || suffix[-2] == '/' || *suffix == '\0')
        return false;
    for (size_t i = 0; i < SUFFIXES; i++) {
        bool same_kind = strcasecmp(suffixes[i].kind, phash_kind_name(kind)) == 0;
        bool same_suffix = strcasecmp(suffixes[i].suffix, suffix) == 0;
        if (same_kind && same_suffix)
            return false;
        kind_listed = kind_listed || same_kind;
        of_pictures = of_pictures || same_suffix;
    }
    return kind == PHASH_KIND_UNKNOWN ? of_pictures : kind_listed;
}
