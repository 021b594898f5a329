/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds that are switched off, and the choice of a frame where there is no choice. */
#include "decode_support.h"
#include "support/make_raster.h"

#include <check.h>

Suite *suite_options(void);

START_TEST(kinds_are_switched_off)
{
    const uint16_t samples[36] = {0};
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    decode_run run = decode_run_new();
    test_file file = test_make_pnm(5, 6, 6, 1, 255, samples);

    options.refused_kinds = ~(1u << PHASH_KIND_PNM);
    ck_assert_int_eq(decode_file(&run, &file, &options), PHASH_OK);
    options.refused_kinds = 1u << PHASH_KIND_PNM;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_UNSUPPORTED, "PNM pictures are switched off");
    ck_assert_int_eq(run.info.kind, PHASH_KIND_PNM);
    decode_bytes(&run, (const uint8_t *)"not a picture at all, is it, dear sir", 37, &options);
    ck_assert_int_eq(run.status, PHASH_E_FORMAT_UNKNOWN);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(frames_of_a_still_picture)
{
    const uint16_t samples[36] = {0};
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    decode_run run = decode_run_new();
    test_file file = test_make_pnm(5, 6, 6, 1, 255, samples);

    options.frame = PHASH_FRAME_MAX;
    ck_assert_int_eq(decode_file(&run, &file, &options), PHASH_OK);
    ck_assert(run.info.frames == 1 && run.info.frame == 0);
    options.frame = PHASH_FRAME_MAX + 1;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_ARGUMENT, "frame");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

Suite *suite_options(void)
{
    Suite *s = suite_create("image/options");
    TCase *c = tcase_create("options");

    tcase_add_test(c, kinds_are_switched_off);
    tcase_add_test(c, frames_of_a_still_picture);
    suite_add_tcase(s, c);
    return s;
}
