/* SPDX-License-Identifier: Apache-2.0 */
#include "image/heif_boxes.h"

#include "decode_support.h"
#include "fuzz/foreign_files.h"
#include "heif_support.h"
#include "image/hevc_size.h"
#include "support/guard.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_heif_boxes(void);

#define W 3u
#define H 2u

static const phash_allocator *heap(void)
{
    static phash_allocator allocator;

    allocator = phash_allocator_from(NULL);
    return &allocator;
}

static phash_status item_in(phash_heif_item *item, const test_file *file)
{
    phash_heif h;
    phash_diag diag;
    phash_status st = phash_heif_open(&h, &diag, file->data, file->size);

    if (st == PHASH_OK)
        st = phash_heif_item_of(item, &h, h.primary);
    return st;
}

/* --- turns --- */

/* From the definitions: a quarter anticlockwise; up and down (axis 0) or left and right (axis 1) change places. */
static void turn_quarter(uint8_t *p, uint32_t *w, uint32_t *h)
{
    uint8_t old[W * H];

    memcpy(old, p, sizeof old);
    for (uint32_t y = 0; y < *w; y++)
        for (uint32_t x = 0; x < *h; x++)
            p[y * *h + x] = old[x * *w + (*w - 1 - y)];
    const uint32_t swap = *w;
    *w = *h;
    *h = swap;
}

static void mirror(uint8_t *p, uint32_t w, uint32_t h, int axis)
{
    uint8_t old[W * H];

    memcpy(old, p, sizeof old);
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            p[y * w + x] = axis == 0 ? old[(h - 1 - y) * w + x] : old[y * w + (w - 1 - x)];
}

/* Properties of a turn in order: 0..3 irot, 4 and 5 imir; -1 none. */
static uint32_t orientation_of(const int *steps, int n)
{
    heif_test_spec s = {.primary = 1, .item = {{.id = 1, .type = "hvc1", .data = steps != NULL ? (const uint8_t *)"x" :
                                                NULL, .size = 1}}};
    phash_heif_item item;

    heif_test_add(&s.item[0], heif_test_ispe(W, H));
    for (int i = 0; i < n; i++)
        if (steps[i] >= 0)
            heif_test_add(&s.item[0], heif_test_box(steps[i] < 4 ? "irot" : "imir",
                                                    &(uint8_t){(uint8_t)(steps[i] & 3)}, 1));
    test_file file = heif_test_make(&s);
    ck_assert_int_eq(item_in(&item, &file), PHASH_OK);
    ck_assert_uint_eq(item.width, W);
    ck_assert_uint_eq(item.height, H);
    test_file_free(&file);
    return item.orientation;
}

static void check_turn(const int *steps, int n)
{
    uint8_t stored[W * H], shown[W * H];
    uint32_t w = W, h = H, upright_w = W, upright_h = H;

    for (uint32_t i = 0; i < W * H; i++)
        stored[i] = shown[i] = (uint8_t)i;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < steps[i] && steps[i] < 4; k++)
            turn_quarter(shown, &w, &h);
        if (steps[i] >= 4)
            mirror(shown, w, h, steps[i] - 4);
    }
    const uint32_t orientation = orientation_of(steps, n);
    uint8_t *upright = turn_upright(stored, &upright_w, &upright_h, 1, orientation);
    ck_assert_msg(upright_w == w && upright_h == h && memcmp(upright, shown, sizeof shown) == 0,
                  "%d %d %d: orientation %u", steps[0], steps[1], steps[2], orientation);
    free(upright);
}

START_TEST(turns_and_mirrors)
{
    for (int a = -1; a < 6; a++)
        for (int b = -1; b < 6; b++)
            for (int c = -1; c < 6; c++)
                check_turn((const int[]){a, b, c}, 3);
}
END_TEST

START_TEST(a_foreign_file)
{
    const test_file file = {.data = (uint8_t *)(uintptr_t)foreign_alpha_avif, .size = sizeof foreign_alpha_avif};
    phash_heif_item item;

    ck_assert_int_eq(item_in(&item, &file), PHASH_OK);
    ck_assert_str_eq(item.type, "av01");
    ck_assert_uint_eq(item.orientation, 8);
}
END_TEST

/* --- every form of the boxes, and every way to cut them --- */

static test_file whole_file(bool wide, bool idat)
{
    static const uint8_t nclx[] = "nclx\0\1\0\2\0\x09\x80";
    static const uint8_t alpha[] = "\0\0\0\0urn:mpeg:hevc:2015:auxid:1";
    heif_test_spec s = {
        .primary = 7,
        .item = {{.id = 9, .type = "grid", .data = (const uint8_t *)"descriptor", .size = 10, .pieces = 3},
                 {.id = 7, .type = "hvc1", .data = (const uint8_t *)"first", .size = 5},
                 {.id = 8, .type = "hvc1", .data = (const uint8_t *)"second", .size = 6, .pieces = 6}},
        .reference = {{"thmb", 8, 7, 0}, {"dimg", 9, 8, 2}, {"auxl", 9, 7, 0}, {"auxl", 8, 7, 0}},
        .wide = wide,
        .idat = idat,
    };

    heif_test_add(&s.item[1], heif_test_ispe(70000, 2));
    heif_test_add(&s.item[1], heif_test_box("free", "", 0));
    heif_test_add(&s.item[1], heif_test_box("colr", nclx, sizeof nclx - 1));
    heif_test_add(&s.item[1], heif_test_box("hvcC", "record", 6));
    heif_test_add(&s.item[1], heif_test_box("irot", "\3", 1));
    heif_test_add(&s.item[1], heif_test_box("clap", "aperture", 8));
    heif_test_add(&s.item[2], heif_test_box("auxC", alpha, sizeof alpha));
    return heif_test_make(&s);
}

static void check_data(const phash_heif *h, uint32_t id, const char *text)
{
    phash_heif_bytes bytes;

    ck_assert_int_eq(phash_heif_data(&bytes, h, heap(), id), PHASH_OK);
    ck_assert_uint_eq(bytes.size, strlen(text));
    ck_assert_mem_eq(bytes.data, text, bytes.size);
    phash_heif_forget(&bytes, heap());
}

static void check_whole(const phash_heif *h)
{
    phash_heif_references tiles;
    phash_heif_item item;

    ck_assert_uint_eq(h->primary, 7);
    ck_assert_int_eq(phash_heif_item_of(&item, h, 7), PHASH_OK);
    ck_assert_str_eq(item.type, "hvc1");
    ck_assert_uint_eq(item.width, 70000);
    ck_assert_uint_eq(item.height, 2);
    ck_assert_uint_eq(item.orientation, 6);
    ck_assert(item.has_colours && item.full_range && !item.is_alpha && item.clap_is_late);
    ck_assert_uint_eq(item.matrix, 9);
    ck_assert_mem_eq(item.hvcc.data, "record", 6);
    check_data(h, 7, "first");
    check_data(h, 8, "second");
    check_data(h, 9, "descriptor");
    ck_assert(phash_heif_find_references(&tiles, h, "dimg", 9));
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(phash_heif_next_reference(&tiles), i < 3 ? 8 : 0);
    ck_assert(!phash_heif_find_references(&tiles, h, "dimg", 7));
    ck_assert_uint_eq(phash_heif_alpha_of(h, 7), 8);
    ck_assert_uint_eq(phash_heif_alpha_of(h, 8), 0);
    ck_assert_int_eq(phash_heif_item_of(&item, h, 6), PHASH_E_MALFORMED);
}

START_TEST(every_form)
{
    for (int form = 0; form < 4; form++) {
        test_file file = whole_file(form & 1, form & 2);
        phash_heif h;
        phash_diag diag;
        ck_assert_int_eq(phash_heif_open(&h, &diag, file.data, file.size), PHASH_OK);
        check_whole(&h);
        test_file_free(&file);
    }
}
END_TEST

/* All questions, whatever the answers are. */
static phash_status ask(const uint8_t *bytes, size_t size)
{
    phash_heif h;
    phash_diag diag;
    phash_heif_item item;
    phash_heif_references r;
    phash_status worst = phash_heif_open(&h, &diag, bytes, size);

    for (uint32_t id = 7; worst == PHASH_OK && id < 10; id++) {
        phash_heif_bytes data;
        worst = phash_heif_item_of(&item, &h, id);
        const phash_status st = phash_heif_data(&data, &h, heap(), id);
        if (st == PHASH_OK)
            phash_heif_forget(&data, heap());
        worst = worst != PHASH_OK ? worst : st;
        if (phash_heif_find_references(&r, &h, "dimg", id))
            (void)phash_heif_next_reference(&r);
        (void)phash_heif_alpha_of(&h, id);
    }
    return worst;
}

START_TEST(cut_everywhere)
{
    for (int form = 0; form < 4; form++) {
        test_file file = whole_file(form & 1, form & 2);
        for (size_t n = 0; n < file.size; n++) {
            guard_buffer b = guard_new(n);
            if (n != 0)
                memcpy(b.data, file.data, n);
            const phash_status st = ask(b.data, n);
            if (n > 24) /* ends with a box before */
                ck_assert_msg(st == PHASH_E_TRUNCATED, "%zu bytes: %d", n, (int)st);
            else
                ck_assert_int_ne(st, PHASH_OK);
            guard_free(&b);
        }
        ck_assert_int_eq(ask(file.data, file.size), PHASH_OK);
        test_file_free(&file);
    }
}
END_TEST

START_TEST(any_byte_wrong)
{
    static const uint8_t values[] = {0, 1, 2, 3, 0x40, 0x7f, 0x80, 0xff};

    for (int form = 0; form < 4; form++) {
        test_file file = whole_file(form & 1, form & 2);
        guard_buffer b = guard_new(file.size);
        for (size_t at = 0; at < file.size; at++)
            for (size_t v = 0; v < sizeof values; v++) {
                memcpy(b.data, file.data, file.size);
                b.data[at] = values[v];
                (void)ask(b.data, file.size);
            }
        guard_free(&b);
        test_file_free(&file);
    }
}
END_TEST

START_TEST(pieces_may_not_overlap)
{
    heif_test_spec s = {.primary = 1, .item = {{.id = 1, .type = "hvc1", .data = (const uint8_t *)"0123456789",
                                                .size = 10, .pieces = 2}}, .idat = true};
    test_file file = heif_test_make(&s);
    phash_heif h;
    phash_diag diag;
    phash_heif_bytes bytes;

    ck_assert_int_eq(phash_heif_open(&h, &diag, file.data, file.size), PHASH_OK);
    check_data(&h, 1, "0123456789");
    uint8_t *extents = (uint8_t *)(uintptr_t)h.iloc.data + h.iloc.size - 16; /* offset and length, twice */
    extents[11] = 4; /* the second begins before the first ends: ten bytes in all, and not too many */
    check_data(&h, 1, "0123445678");
    extents[15] = 6;
    ck_assert_int_eq(phash_heif_data(&bytes, &h, heap(), 1), PHASH_E_MALFORMED);
    extents[11] = 5;
    ck_assert_int_eq(phash_heif_data(&bytes, &h, heap(), 1), PHASH_E_TRUNCATED);
    test_file_free(&file);
}
END_TEST

START_TEST(nothing_to_lie_in)
{
    heif_test_spec s = {.primary = 1, .item = {{.id = 1, .type = "hvc1", .data = (const uint8_t *)""}}, .idat = true};
    test_file file = heif_test_make(&s);
    phash_heif_bytes bytes;
    phash_heif h;
    phash_diag diag;

    for (int there = 1; there >= 0; there--) { /* an empty idat, and none */
        ck_assert_int_eq(phash_heif_open(&h, &diag, file.data, file.size), PHASH_OK);
        ck_assert_int_eq(h.idat.data != NULL, there);
        ck_assert_int_eq(phash_heif_data(&bytes, &h, heap(), 1), PHASH_E_TRUNCATED);
        memcpy(file.data + file.size - 4, "free", 4);
    }
    test_file_free(&file);
}
END_TEST

/* --- the size of a coded picture --- */

/* ITU-T H.265 s. 7.3.2.2.1; 4:4:4, 600 x 400 pixels, as x265 writes it. */
static const uint8_t sequence[] = {0x42, 0x01, 0x01, 0x03, 0x70, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00,
                                   0x00, 0x03, 0x00, 0x3f, 0xa0, 0x04, 0xb2, 0x01, 0x91, 0x65};

START_TEST(size_of_a_coded_picture)
{
    uint32_t width = 0, height = 0;

    ck_assert(phash_hevc_size(sequence, sizeof sequence, &width, &height));
    ck_assert_uint_eq(width, 600);
    ck_assert_uint_eq(height, 400);
    for (size_t n = 0; n < sizeof sequence - 1; n++) {
        guard_buffer b = guard_new(n);
        if (n != 0)
            memcpy(b.data, sequence, n);
        ck_assert_msg(!phash_hevc_size(b.data, n, &width, &height), "%zu bytes", n);
        guard_free(&b);
    }
}
END_TEST

Suite *suite_heif_boxes(void)
{
    Suite *s = suite_create("image/heif_boxes");
    TCase *c = tcase_create("heif_boxes");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, turns_and_mirrors);
    tcase_add_test(c, a_foreign_file);
    tcase_add_test(c, every_form);
    tcase_add_test(c, cut_everywhere);
    tcase_add_test(c, any_byte_wrong);
    tcase_add_test(c, pieces_may_not_overlap);
    tcase_add_test(c, nothing_to_lie_in);
    tcase_add_test(c, size_of_a_coded_picture);
    suite_add_tcase(s, c);
    return s;
}
