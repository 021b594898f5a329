/* SPDX-License-Identifier: Apache-2.0 */
#include "damage_support.h"
#include "support/make_raster.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_pnm(void);

#define W 37u
#define H 23u

static const struct {
    int type;
    uint32_t channels, maxval;
} forms[] = {{1, 1, 1},     {2, 1, 255}, {2, 1, 7},     {2, 1, 65535}, {3, 3, 255}, {3, 3, 1000}, {4, 1, 1},
             {5, 1, 255},   {5, 1, 15},  {5, 1, 65535}, {6, 3, 255},   {6, 3, 4095}, {7, 1, 1},   {7, 2, 255},
             {7, 3, 65535}, {7, 4, 255}, {7, 4, 300}};

static test_file make(size_t form, uint16_t *samples)
{
    const size_t n = (size_t)W * H * forms[form].channels;
    test_rng rng = test_rng_init(form + 1);

    for (size_t i = 0; i < n; i++) {
        uint8_t r[2];
        test_rng_fill(&rng, r, 2);
        samples[i] = (uint16_t)((uint32_t)(r[0] << 8 | r[1]) % (forms[form].maxval + 1));
    }
    return test_make_pnm(forms[form].type, W, H, forms[form].channels, forms[form].maxval, samples);
}

START_TEST(every_form_gives_its_samples)
{
    uint16_t samples[W * H * 4];
    uint8_t expected[W * H * 3];
    decode_run run = decode_run_new();
    char what[64];

    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++)
        for (int drop = 0; drop < 2; drop++) {
            test_file file = make(f, samples);
            const uint32_t n = forms[f].channels, colours = n <= 2 ? 1 : 3;
            for (size_t i = 0; i < (size_t)W * H; i++) {
                uint8_t v[4];
                for (uint32_t c = 0; c < n; c++)
                    v[c] = (uint8_t)(samples[i * n + c] * 255.0 / forms[f].maxval + 0.5);
                for (uint32_t c = 0; c < colours; c++) {
                    expected[i * colours + c] = n % 2 == 0 && !drop ? over_white(v[c], v[colours]) : v[c];
                    if (forms[f].type == 1 || forms[f].type == 4) /* 1 is black */
                        expected[i * colours + c] = (uint8_t)(255 - expected[i * colours + c]);
                }
            }
            snprintf(what, sizeof what, "P%d maxval %u channels %u", forms[f].type, forms[f].maxval, n);
            check_pixels(&run, &file, drop ? PHASH_ALPHA_DROP : PHASH_ALPHA_WHITE, W, H, colours, expected, 0, what);
            test_file_free(&file);
        }
    decode_run_free(&run);
}
END_TEST

START_TEST(damage)
{
    uint16_t samples[W * H * 4];
    decode_run run = decode_run_new();

    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        test_file file = make(f, samples);
        check_cuts(&run, &file, file.size, "PNM");
        check_flips(&run, &file, "image/pnm");
        check_allocations(&file, "PNM");
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

static const struct {
    const char *bytes;
    phash_status status;
    const char *text;
} refused[] = {
    {"P5\n2 2\n0\nabcd", PHASH_E_MALFORMED, "greatest value"},
    {"P5\n2 2\n65536\nabcdabcd", PHASH_E_MALFORMED, "greatest value"},
    {"P5\n2 2\n9999999999\nabcd", PHASH_E_MALFORMED, "digits"},
    {"P5\n0 2\n255\n", PHASH_E_MALFORMED, "0 x 2"},
    {"P5\n-2 2\n255\nabcd", PHASH_E_MALFORMED, "number should be"},
    {"P5\n60000 60000\n255\n", PHASH_E_LIMIT, "60000 x 60000"},
    {"P5\n70000 1\n255\n", PHASH_E_LIMIT, "limit of a side"},
    {"P5\n2 2\n100\nabcz", PHASH_E_MALFORMED, "above the greatest"},
    {"P2\n2 2\n255\n1 2 3 256 ", PHASH_E_MALFORMED, "above the greatest"},
    {"P2\n2 1\n255\n25 25", PHASH_E_TRUNCATED, "ends early"}, /* 25 of perhaps 255 */
    {"P1\n2 2\n0102", PHASH_E_MALFORMED, "a 0 or a 1"},
    {"P7\nWIDTH 2\nHEIGHT 2\nDEPTH 5\nMAXVAL 255\nENDHDR\n", PHASH_E_UNSUPPORTED, "depth"},
    {"P7\nWIDTH 2\nHEIGHT 2\nMAXVAL 255\nENDHDR\n", PHASH_E_MALFORMED, "depth"},
    {"P7\nWIDTH -2\nHEIGHT 2\nDEPTH 1\nMAXVAL 255\nENDHDR\n", PHASH_E_MALFORMED, "bad number"},
    {"P7\nWIDTH 2\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE CMYK\nENDHDR\n", PHASH_E_UNSUPPORTED, "tuple type"},
    {"P7\nWIDTH 2\nCOLOUR 2\nENDHDR\n", PHASH_E_MALFORMED, "unknown line"},
};

START_TEST(what_is_refused)
{
    decode_run run = decode_run_new();

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        decode_bytes(&run, (const uint8_t *)refused[i].bytes, strlen(refused[i].bytes), NULL);
        expect_refused(&run, refused[i].status, refused[i].text);
    }
    decode_run_free(&run);
}
END_TEST

Suite *suite_pnm(void)
{
    Suite *s = suite_create("image/pnm");
    TCase *c = tcase_create("pnm");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_form_gives_its_samples);
    tcase_add_test(c, damage);
    tcase_add_test(c, what_is_refused);
    suite_add_tcase(s, c);
    return s;
}
