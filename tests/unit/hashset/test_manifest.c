/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/set_format.h"

#include "support/failing_alloc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_manifest(void);

static phash_manifest good;
static char name_a[] = "a.csv", name_b[] = "b.csv";
static phash_manifest_source sources[2];
static int bands_byte = -1; /* what to write over the number of bands; it counts the seeds, so it cannot just be set */
#define BANDS_AT (16 + 16 + 3 * 8 + 32 + 33)

static void set_up(void)
{
    memset(&good, 0, sizeof good);
    good.bands = 7;
    good.budget = 256;
    good.entries = 1000;
    good.shape = phash_map_shape_for(1000);
    good.seed[0] = 1;
    good.seed[6] = 0x1234;
    good.offset_size = 3;
    good.record_units = 6500;
    good.source_count = 2;
    strcpy(good.name, "set");
    strcpy(good.rules, "in at least two lists");
    sources[0] = (phash_manifest_source){name_a, 31, 400};
    sources[1] = (phash_manifest_source){name_b, 0, 600};
}

/* Encode, drop or add bytes at the end, and read back. */
static phash_status around(const phash_manifest *m, phash_manifest *out, int extra)
{
    static uint8_t bytes[8192];
    phash_manifest_source *read = NULL;
    phash_diag diag = {""};
    phash_allocator a = phash_allocator_from(NULL);
    phash_writer w = phash_writer_init(bytes, sizeof bytes);

    memset(bytes, 0, sizeof bytes);
    phash_manifest_write(&w, m, sources);
    ck_assert(!w.failed);
    ck_assert_uint_eq(bytes[BANDS_AT], m->bands);
    if (bands_byte >= 0)
        bytes[BANDS_AT] = (uint8_t)bands_byte;
    uint8_t *exact = malloc(w.at + (size_t)(extra > 0 ? extra : 0) + 1); /* so that sanitizers see one byte too far */
    ck_assert_ptr_nonnull(exact);
    size_t size = (size_t)((long)w.at + extra);
    memcpy(exact, bytes, size);
    memset(out, 0, sizeof *out);
    exact = realloc(exact, size != 0 ? size : 1);
    phash_status st = phash_manifest_read(out, &read, &diag, exact, size, &a);
    ck_assert((st == PHASH_OK) == (read != NULL));
    if (st != PHASH_OK)
        ck_assert_uint_ne(strlen(diag.text), 0);
    else
        phash_manifest_sources_free(read, out->source_count, &a);
    free(exact);
    return st;
}

START_TEST(what_is_written_is_read)
{
    phash_manifest got;

    ck_assert_int_eq(around(&good, &got, 0), PHASH_OK);
    ck_assert_uint_eq(got.shape.log, good.shape.log);
    ck_assert_uint_eq(got.shape.starts, good.shape.starts);
    ck_assert_uint_eq(got.seed[0], 1);
    ck_assert_uint_eq(got.seed[6], 0x1234);
    ck_assert_uint_eq(got.record_units, 6500);
    ck_assert_str_eq(got.name, "set");
    ck_assert_str_eq(got.rules, "in at least two lists");
    good.rules[0] = '\0';
    ck_assert_int_eq(around(&good, &got, 0), PHASH_OK);
    phash_set_sections s = phash_set_sections_of(&good);
    uint64_t cells = phash_map_cells(&good.shape);
    ck_assert_uint_eq(s.map[1], (cells * 3 + 4095) / 4096);
    ck_assert_uint_eq(s.map[2] - s.map[1], (cells * 19 + 4095) / 4096);
    ck_assert_uint_eq(s.records, s.map[6] + (cells * 19 + 4095) / 4096);
    ck_assert_uint_eq(s.blocks, s.records + (6500 * 8 + 4095) / 4096);
}
END_TEST

START_TEST(wrong_sizes_are_refused)
{
    phash_manifest got;

    phash_writer w = phash_writer_init(NULL, 0);

    phash_manifest_write(&w, &good, sources);
    for (int extra = -(int)w.at; extra < 0; extra++)
        ck_assert_int_eq(around(&good, &got, extra), PHASH_E_ORDER);
    ck_assert_int_eq(around(&good, &got, 1), PHASH_E_ORDER);
}
END_TEST

#define REFUSED(change, status)                                                                                        \
    do {                                                                                                               \
        phash_manifest got;                                                                                            \
        set_up();                                                                                                      \
        change;                                                                                                        \
        ck_assert_msg(around(&good, &got, 0) == (status), "taken: %s", #change);                                       \
    } while (0)

START_TEST(values_out_of_range_are_refused)
{
    REFUSED(bands_byte = 5, PHASH_E_ORDER);
    REFUSED(bands_byte = 9, PHASH_E_ORDER);
    REFUSED(bands_byte = 255, PHASH_E_ORDER);
    bands_byte = -1;
    REFUSED(good.lock_bits = 1, PHASH_E_VERSION);
    REFUSED(good.budget = 0, PHASH_E_ORDER);
    REFUSED(good.budget = PHASH_BUDGET_MAX + 1, PHASH_E_ORDER);
    REFUSED((good.entries = 0, sources[0].entries = sources[1].entries = 0), PHASH_E_ORDER);
    REFUSED((good.entries = (UINT64_C(1) << 31) + 1, sources[1].entries = good.entries - 400), PHASH_E_ORDER);
    REFUSED(good.shape.log = 1, PHASH_E_ORDER);
    REFUSED(good.shape.log = 19, PHASH_E_ORDER);
    REFUSED(good.shape.starts = 0, PHASH_E_ORDER);
    REFUSED(good.shape.starts = 1000 / 32 - 4, PHASH_E_ORDER); /* fewer cells than keys */
    REFUSED(good.shape.starts = UINT32_MAX, PHASH_E_ORDER);
    REFUSED(good.shape.starts = (1u << 27) - 3, PHASH_E_ORDER); /* 2^32 cells */
    REFUSED(good.record_units = 5999, PHASH_E_ORDER);
    REFUSED(good.record_units = 131001, PHASH_E_ORDER);
    REFUSED(good.record_units = UINT64_MAX, PHASH_E_ORDER);
    REFUSED(good.offset_size = 4, PHASH_E_ORDER);
    REFUSED(good.offset_size = 2, PHASH_E_ORDER);
    REFUSED(good.name[0] = '\0', PHASH_E_ORDER);
    REFUSED(good.name[1] = '\n', PHASH_E_ORDER);
    REFUSED(good.rules[1] = 0x7f, PHASH_E_ORDER);
    REFUSED(good.source_count = 0, PHASH_E_ORDER);
    REFUSED(sources[0].radius = PHASH_RADIUS_MAX + 1, PHASH_E_ORDER);
    REFUSED(sources[1].entries = 601, PHASH_E_ORDER);
    REFUSED(sources[1].entries = 599, PHASH_E_ORDER);
    REFUSED((sources[0].entries = UINT64_MAX, sources[1].entries = 1001), PHASH_E_ORDER);
    REFUSED(sources[0].name = (name_a[0] = '\0', name_a), PHASH_E_ORDER);
    name_a[0] = 'a';
    REFUSED(sources[0].name = (name_a[0] = '\x1b', name_a), PHASH_E_ORDER);
    name_a[0] = 'a';
    REFUSED(good.bands = 7, PHASH_OK);
}
END_TEST

START_TEST(offsets_grow_with_the_section)
{
    phash_manifest got;

    ck_assert_uint_eq(phash_offset_size_for(UINT64_C(1) << 24), 3);
    ck_assert_uint_eq(phash_offset_size_for((UINT64_C(1) << 24) + 1), 4);
    good.entries = 2000000;
    sources[1].entries = good.entries - 400;
    good.shape = phash_map_shape_for(good.entries);
    good.record_units = UINT64_C(1) << 24;
    ck_assert_int_eq(around(&good, &got, 0), PHASH_OK);
    good.record_units++;
    ck_assert_int_eq(around(&good, &got, 0), PHASH_E_ORDER);
    good.offset_size = 4;
    ck_assert_int_eq(around(&good, &got, 0), PHASH_OK);
}
END_TEST

START_TEST(failing_memory_is_an_error)
{
    uint8_t bytes[1024];
    phash_writer w = phash_writer_init(bytes, sizeof bytes);
    phash_status st = PHASH_E_NO_MEMORY;

    phash_manifest_write(&w, &good, sources);
    ck_assert(!w.failed);
    for (unsigned long fail_at = 0; st != PHASH_OK; fail_at++) {
        failing_alloc f = {fail_at, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_allocator a = phash_allocator_from(&o);
        phash_manifest got = {.bands = 0};
        phash_manifest_source *read = NULL;
        st = phash_manifest_read(&got, &read, NULL, bytes, w.at, &a);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        if (st == PHASH_OK)
            phash_manifest_sources_free(read, got.source_count, &a);
        ck_assert_int_eq(f.live, 0);
    }
}
END_TEST

Suite *suite_manifest(void)
{
    Suite *s = suite_create("hashset/manifest");
    TCase *c = tcase_create("manifest");

    tcase_add_checked_fixture(c, set_up, NULL);
    tcase_add_test(c, what_is_written_is_read);
    tcase_add_test(c, wrong_sizes_are_refused);
    tcase_add_test(c, values_out_of_range_are_refused);
    tcase_add_test(c, offsets_grow_with_the_section);
    tcase_add_test(c, failing_memory_is_an_error);
    suite_add_tcase(s, c);
    return s;
}
