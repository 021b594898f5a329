/* SPDX-License-Identifier: Apache-2.0 */
#include "support/guard.h"

#include <check.h>
#include <phash/image.h>
#include <stdbool.h>
#include <string.h>

Suite *suite_kind(void);

typedef struct sample {
    const char *bytes;
    size_t size;
    phash_kind kind;
} sample;

#define SAMPLE(text, kind) {text, sizeof(text) - 1, kind}

static const sample samples[] = {
    SAMPLE("\xff\xd8\xff\xe0", PHASH_KIND_JPEG),
    SAMPLE("\xff\xd8\xff", PHASH_KIND_JPEG),
    SAMPLE("\xff\xd8\xfe", PHASH_KIND_UNKNOWN),
    SAMPLE("\x89PNG\r\n\x1a\n", PHASH_KIND_PNG),
    SAMPLE("\x89PNG\r\n\x1a\r", PHASH_KIND_UNKNOWN),
    SAMPLE("RIFF\x10\0\0\0WEBPVP8 ", PHASH_KIND_WEBP),
    SAMPLE("RIFF\x10\0\0\0WAVEfmt ", PHASH_KIND_UNKNOWN),
    SAMPLE("GIF89a", PHASH_KIND_GIF),
    SAMPLE("GIF87a", PHASH_KIND_GIF),
    SAMPLE("GIF88a", PHASH_KIND_UNKNOWN),
    SAMPLE("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0", PHASH_KIND_BMP),
    SAMPLE("BM\x1a\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\x02\0\x02\0\x01\0\x18\0", PHASH_KIND_BMP),
    SAMPLE("BMW is a maker of motorcars", PHASH_KIND_UNKNOWN),
    SAMPLE("P6\n3 3\n255\n", PHASH_KIND_PNM),
    SAMPLE("P1#", PHASH_KIND_PNM),
    SAMPLE("P8\n", PHASH_KIND_UNKNOWN),
    SAMPLE("PK\x03\x04", PHASH_KIND_UNKNOWN),
    SAMPLE("II*\0\x08\0\0\0", PHASH_KIND_TIFF),
    SAMPLE("MM\0*\0\0\0\x08", PHASH_KIND_TIFF),
    SAMPLE("\0\0\0\x18" "ftypheic\0\0\0\0mif1heic", PHASH_KIND_HEIF),
    SAMPLE("\0\0\0\x18" "ftypmif1\0\0\0\0mif1heic", PHASH_KIND_HEIF),
    SAMPLE("\0\0\0\x18" "ftypmif1\0\0\0\0mif1avif", PHASH_KIND_AVIF),
    SAMPLE("\0\0\0\x14" "ftypmif1\0\0\0\0mif1avif", PHASH_KIND_HEIF), /* avif lies behind the box */
    SAMPLE("\0\0\0\x18" "ftypavif\0\0\0\0mif1miaf", PHASH_KIND_AVIF),
    SAMPLE("\0\0\0\x18" "ftypavis", PHASH_KIND_AVIF),
    SAMPLE("\0\0\0\x18" "ftypisom\0\0\0\0mp42avif", PHASH_KIND_UNKNOWN),
    SAMPLE("\0\0\0\x0cJXL \r\n\x87\n", PHASH_KIND_JXL),
    SAMPLE("\xff\x0a", PHASH_KIND_JXL),
    SAMPLE("", PHASH_KIND_UNKNOWN),
    SAMPLE("\xff", PHASH_KIND_UNKNOWN),
    SAMPLE("<svg xmlns=\"http://www.w3.org/2000/svg\">", PHASH_KIND_UNKNOWN),
};

START_TEST(kinds_are_told_by_content)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        guard_buffer b = guard_new(samples[i].size);
        memcpy(b.data, samples[i].bytes, samples[i].size);
        ck_assert_msg(phash_kind_sniff(b.data, b.size) == samples[i].kind, "sample %zu is a %s", i,
                      phash_kind_name(phash_kind_sniff(b.data, b.size)));
        guard_free(&b);
    }
    ck_assert_int_eq(phash_kind_sniff(NULL, 0), PHASH_KIND_UNKNOWN);
}
END_TEST

/* Every beginning of every sample, against an unmapped page: no byte too many is read, and a longer beginning never
 * turns one kind into another. */
START_TEST(short_beginnings_are_safe)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (size_t n = 0; n < samples[i].size; n++) {
            guard_buffer b = guard_new(n);
            memcpy(b.data, samples[i].bytes, n);
            const phash_kind kind = phash_kind_sniff(b.data, n);
            ck_assert(kind == PHASH_KIND_UNKNOWN || kind == samples[i].kind ||
                      (kind == PHASH_KIND_HEIF && samples[i].kind == PHASH_KIND_AVIF));
            guard_free(&b);
        }
}
END_TEST

START_TEST(names_and_support)
{
    for (int k = PHASH_KIND_JPEG; k <= PHASH_KIND_JXL; k++) {
        ck_assert_str_ne(phash_kind_name((phash_kind)k), "unknown");
        /* A library that is not there takes away its own kind alone; the description names what is in. */
        if (k == PHASH_KIND_JPEG || k == PHASH_KIND_PNG || (k >= PHASH_KIND_GIF && k <= PHASH_KIND_PNM))
            ck_assert_int_eq(phash_kind_is_supported((phash_kind)k), 1);
        const bool named = strstr(phash_codec_description(), phash_kind_name((phash_kind)k)) != NULL;
        ck_assert_int_eq(phash_kind_is_supported((phash_kind)k), named);
    }
    ck_assert_int_eq(phash_kind_is_supported(PHASH_KIND_UNKNOWN), 0);
    ck_assert_str_eq(phash_kind_name(PHASH_KIND_UNKNOWN), "unknown");
    ck_assert_str_eq(phash_kind_name((phash_kind)77), "unknown");
    ck_assert_str_eq(phash_reading_name(0), "upright");
    ck_assert_str_eq(phash_reading_name(PHASH_READING_STORED), "stored");
    ck_assert_str_eq(phash_reading_name(PHASH_READING_ALPHA_DROPPED), "alpha-dropped");
    ck_assert_str_eq(phash_reading_name(PHASH_READING_STORED | PHASH_READING_ALPHA_DROPPED), "stored+alpha-dropped");
    ck_assert_str_eq(phash_reading_name(4), "unknown");
}
END_TEST

Suite *suite_kind(void)
{
    Suite *s = suite_create("image/kind");
    TCase *c = tcase_create("kind");

    tcase_add_test(c, kinds_are_told_by_content);
    tcase_add_test(c, short_beginnings_are_safe);
    tcase_add_test(c, names_and_support);
    suite_add_tcase(s, c);
    return s;
}
