/* SPDX-License-Identifier: Apache-2.0 */
#include "image/exif.h"

#include "support/guard.h"
#include "support/make_image.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_exif(void);

static uint32_t parse(const uint8_t *bytes, size_t size)
{
    guard_buffer b = guard_new(size);

    if (size != 0)
        memcpy(b.data, bytes, size);
    const uint32_t orientation = phash_exif_orientation(b.data, size);
    guard_free(&b);
    return orientation;
}

START_TEST(both_byte_orders)
{
    for (int big = 0; big < 2; big++)
        for (uint32_t o = 0; o <= 300; o++) {
            test_file exif = test_make_exif(o, big);
            ck_assert_uint_eq(parse(exif.data, exif.size), o >= 1 && o <= 8 ? o : 0);
            test_file_free(&exif);
        }
}
END_TEST

START_TEST(the_tag_must_be_one_short)
{
    static const size_t changes[][2] = {{10, 0x13}, {12, 4}, {12, 2}, {14, 2}, {14, 0}, {2, 43}, {0, 'M'}, {4, 7}};

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        test_file exif = test_make_exif(6, false);
        exif.data[changes[i][0]] = (uint8_t)changes[i][1];
        ck_assert_msg(parse(exif.data, exif.size) == 0, "change %zu", i);
        test_file_free(&exif);
    }
}
END_TEST

START_TEST(later_entries_and_distant_directories)
{
    static const uint8_t entry[12] = {0x0f, 1, 2, 0, 4, 0, 0, 0, 'a', 'b', 'c', 0};
    test_file exif = test_make_exif(8, false);

    for (int i = 0; i < 9; i++)
        test_file_splice(&exif, 10, 0, entry, sizeof entry);
    exif.data[8] = 10; /* entries */
    ck_assert_uint_eq(parse(exif.data, exif.size), 8);
    exif.data[8] = 9; /* the orientation is now behind the last */
    ck_assert_uint_eq(parse(exif.data, exif.size), 0);
    exif.data[8] = 10;
    static const uint8_t gap[100] = {0};
    test_file_splice(&exif, 8, 0, gap, sizeof gap);
    exif.data[4] = 108;
    ck_assert_uint_eq(parse(exif.data, exif.size), 8);
    exif.data[7] = 0xff;
    ck_assert_uint_eq(parse(exif.data, exif.size), 0);
    test_file_free(&exif);
}
END_TEST

START_TEST(every_cut_is_safe)
{
    test_file exif = test_make_exif(3, true);

    /* The entry ends at byte 22; what follows (the next directory) is not needed. */
    for (size_t n = 0; n <= exif.size; n++)
        ck_assert_uint_eq(parse(exif.data, n), n >= 22 ? 3 : 0);
    test_file_free(&exif);
}
END_TEST

START_TEST(app1_needs_its_name)
{
    test_file exif = test_make_exif(5, false);
    test_file app1 = {0};

    test_file_add(&app1, "Exif\0", 6);
    test_file_add(&app1, exif.data, exif.size);
    ck_assert_uint_eq(phash_exif_app1_orientation(app1.data, app1.size), 5);
    ck_assert_uint_eq(phash_exif_app1_orientation(app1.data, 5), 0);
    ck_assert_uint_eq(phash_exif_app1_orientation(app1.data, 0), 0);
    app1.data[0] = 'h';
    ck_assert_uint_eq(phash_exif_app1_orientation(app1.data, app1.size), 0);
    test_file_free(&app1);
    test_file_free(&exif);
}
END_TEST

START_TEST(random_bytes_are_safe)
{
    const uint64_t seed = test_seed(20240601);
    test_rng rng = test_rng_init(seed);

    printf("image/exif: seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 20000; i++) {
        test_file exif = test_make_exif(1 + test_rng_below(&rng, 8), test_rng_below(&rng, 2) != 0);
        for (uint32_t k = test_rng_below(&rng, 4); k > 0; k--)
            exif.data[test_rng_below(&rng, (uint32_t)exif.size)] = (uint8_t)test_rng_next(&rng);
        ck_assert_uint_le(parse(exif.data, test_rng_below(&rng, (uint32_t)exif.size + 1)), 8);
        test_file_free(&exif);
    }
}
END_TEST

Suite *suite_exif(void)
{
    Suite *s = suite_create("image/exif");
    TCase *c = tcase_create("exif");

    tcase_add_test(c, both_byte_orders);
    tcase_add_test(c, the_tag_must_be_one_short);
    tcase_add_test(c, later_entries_and_distant_directories);
    tcase_add_test(c, every_cut_is_safe);
    tcase_add_test(c, app1_needs_its_name);
    tcase_add_test(c, random_bytes_are_safe);
    suite_add_tcase(s, c);
    return s;
}
