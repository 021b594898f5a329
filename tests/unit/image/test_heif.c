/* SPDX-License-Identifier: Apache-2.0 */
/* Files of heif-enc, and others made from their tile: a coded picture of 64 x 64 pixels, the left upper part of which
 * is shown. */
#include "damage_support.h"
#include "fuzz/foreign_files.h"
#include "heif_support.h"
#include "image/heif_boxes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_heif(void);

#define W 12u
#define H 9u
#define TILE 64u

static const uint8_t alpha_name[] = "\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";

/* The picture that foreign_files.h describes. */
static uint8_t scene(uint32_t x, uint32_t y, uint32_t channel)
{
    if (x >= 3 && x <= 7 && y >= 2 && y <= 5)
        return 255;
    return (uint8_t)(channel == 0 ? 255 - (255 * y) / 8 : channel == 2 ? 255 * y / 8 : 0);
}

static void expect_scene(const phash_bitmap *b, uint32_t left, uint32_t top, uint32_t alpha, uint32_t tolerance)
{
    for (uint32_t y = 0; y < H - top && y < b->height; y++)
        for (uint32_t x = 0; x < W - left && x < b->width; x++)
            for (uint32_t c = 0; c < 3; c++) {
                const int v = scene(x + left, y + top, c);
                const int want = (v * (int)alpha + 255 * (255 - (int)alpha)) / 255;
                const int got = b->data[y * b->stride + 3 * x + c];
                ck_assert_msg(abs(got - want) <= (int)tolerance, "%u, %u, %u: %d, not %d", x, y, c, got, want);
            }
}

/* The tile of a file of heif-enc: its coded bytes, and its properties with these sides. */
static void take_tile(heif_test_item *item, uint32_t id, const uint8_t *file, size_t size, uint32_t width,
                      uint32_t height)
{
    const phash_allocator allocator = phash_allocator_from(NULL);
    phash_heif h;
    phash_diag diag;
    phash_heif_references tiles;
    phash_heif_item tile;
    phash_heif_bytes bytes;

    ck_assert_int_eq(phash_heif_open(&h, &diag, file, size), PHASH_OK);
    ck_assert(phash_heif_find_references(&tiles, &h, "dimg", h.primary));
    ck_assert_int_eq(phash_heif_item_of(&tile, &h, phash_heif_next_reference(&tiles)), PHASH_OK);
    ck_assert_uint_eq(tile.width, TILE);
    ck_assert_int_eq(phash_heif_data(&bytes, &h, &allocator, tile.id), PHASH_OK);
    ck_assert_ptr_null(bytes.owned); /* it lies in the fixture */
    *item = (heif_test_item){.id = id, .type = "hvc1", .data = bytes.data, .size = bytes.size};
    heif_test_add(item, heif_test_ispe(width, height));
    heif_test_add(item, heif_test_box("hvcC", tile.hvcc.data, tile.hvcc.size));
}

static void take_lossless(heif_test_item *item, uint32_t id, uint32_t width, uint32_t height)
{
    take_tile(item, id, foreign_lossless_heic, sizeof foreign_lossless_heic, width, height);
}

static phash_status decode_spec(decode_run *run, heif_test_spec *s, const phash_decode_options *options)
{
    test_file file = heif_test_make(s);
    const phash_status st = decode_file(run, &file, options);

    test_file_free(&file);
    return st;
}

START_TEST(foreign_pictures)
{
    decode_run run = decode_run_new();
    const phash_decode_options drop = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_DROP);
    phash_bitmap b;

    decode_bytes(&run, foreign_lossless_heic, sizeof foreign_lossless_heic, NULL);
    b = decode_reading(&run, 0, 0);
    ck_assert(b.width == W && b.height == H && run.info.kind == PHASH_KIND_HEIF && !run.info.has_alpha);
    expect_scene(&b, 0, 0, 255, 3);
    decode_bytes(&run, foreign_alpha_heic, sizeof foreign_alpha_heic, NULL);
    b = decode_reading(&run, 0, 0);
    ck_assert(b.width == W && b.height == H && run.info.has_alpha);
    expect_scene(&b, 0, 0, 153, 60);
    decode_bytes(&run, foreign_alpha_heic, sizeof foreign_alpha_heic, &drop);
    b = decode_reading(&run, 0, PHASH_READING_ALPHA_DROPPED);
    expect_scene(&b, 0, 0, 255, 100);
    decode_run_free(&run);
}
END_TEST

START_TEST(one_picture_cut)
{
    static const uint8_t clap[] = {0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 14, 0, 0, 0, 2,             /* 9 x 7 */
                                   0xff, 0xff, 0xff, 0xcb, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xcb, 0, 0, 0, 2}; /* -53/2 */
    decode_run run = decode_run_new();

    for (int how = 0; how < 3; how++) {
        heif_test_spec s = {.primary = 1, .wide = how == 1, .idat = how == 2};
        take_lossless(&s.item[0], 1, TILE, TILE);
        s.item[0].pieces = (uint32_t)how * 3;
        heif_test_add(&s.item[0], heif_test_box("clap", clap, sizeof clap));
        heif_test_add(&s.item[0], heif_test_box("irot", "\1", 1));
        decode_spec(&run, &s, &(phash_decode_options){.struct_size = sizeof(phash_decode_options),
                                                      .orientation = PHASH_ORIENTATION_IGNORE});
        const phash_bitmap b = decode_reading(&run, 0, PHASH_READING_STORED);
        ck_assert(b.width == 9 && b.height == 7 && run.info.width == 9 && run.info.orientation == 8);
        expect_scene(&b, 1, 2, 255, 3); /* (64 - 9 - 53) / 2, (64 - 7 - 53) / 2 */
    }
    decode_run_free(&run);
}
END_TEST

START_TEST(a_grid)
{
    decode_run run = decode_run_new();
    phash_bitmap b;

    for (int alpha = 0; alpha < 2; alpha++) {
        const uint8_t descriptor[] = {0, 0, 1, 2, 0, 2 * TILE + W, 0, TILE + H};
        heif_test_spec s = {.primary = 5, .reference = {{"dimg", 5, 1, 5}}};
        take_lossless(&s.item[0], 1, TILE, TILE);
        s.item[1] = (heif_test_item){.id = 5, .type = "grid", .data = descriptor, .size = sizeof descriptor};
        heif_test_add(&s.item[1], heif_test_ispe(2 * TILE + W, TILE + H));
        if (alpha) { /* the same grid, of which the green is taken: nearly all is transparent */
            s.reference[1] = (heif_test_reference){"dimg", 6, 1, 5};
            s.reference[2] = (heif_test_reference){"auxl", 6, 5, 0};
            s.item[2] = (heif_test_item){.id = 6, .type = "grid", .data = descriptor, .size = sizeof descriptor};
            heif_test_add(&s.item[2], heif_test_ispe(2 * TILE + W, TILE + H));
            heif_test_add(&s.item[2], heif_test_box("auxC", alpha_name, sizeof alpha_name));
        }
        decode_spec(&run, &s, NULL);
        b = decode_reading(&run, 0, 0);
        ck_assert(b.width == 2 * TILE + W && b.height == TILE + H);
        ck_assert_int_eq(run.info.has_alpha, alpha);
        for (uint32_t i = 0; i < 6 && !alpha; i++) {
            phash_bitmap part = b;
            part.data = b.data + i / 3 * TILE * b.stride + i % 3 * (size_t)TILE * 3;
            part.width = W, part.height = H;
            expect_scene(&part, 0, 0, 255, 3);
        }
    }
    decode_run_free(&run);
}
END_TEST

/* --- refused --- */

typedef void change_fn(heif_test_spec *s);

static void no_change(heif_test_spec *s)
{
    (void)s;
}

static void larger(heif_test_spec *s)
{
    test_file_free(&s->item[0].property[0]);
    s->item[0].property[0] = heif_test_ispe(TILE + 1, TILE);
}

static void much_smaller(heif_test_spec *s)
{
    test_file_free(&s->item[0].property[0]);
    s->item[0].property[0] = heif_test_ispe(TILE, 1);
    s->item[0].property[0].data[8 + 11] = 0; /* a height of 0 */
}

static void of_itself(heif_test_spec *s)
{
    s->item[0].type = "grid";
    s->item[0].data = (const uint8_t *)"\0\0\0\0\0\x40\0\x40";
    s->item[0].size = 8;
    s->reference[0] = (heif_test_reference){"dimg", 1, 1, 0};
}

static void derived(heif_test_spec *s)
{
    s->item[0].type = "iden";
    s->reference[0] = (heif_test_reference){"dimg", 1, 1, 0};
}

static void other_codec(heif_test_spec *s)
{
    s->item[0].type = "av01";
}

static void own_alpha(heif_test_spec *s)
{
    heif_test_add(&s->item[0], heif_test_box("auxC", alpha_name, sizeof alpha_name));
    s->reference[0] = (heif_test_reference){"auxl", 1, 1, 0};
}

static void small_alpha(heif_test_spec *s)
{
    take_lossless(&s->item[1], 2, 1, 1);
    heif_test_add(&s->item[1], heif_test_box("auxC", alpha_name, sizeof alpha_name));
    s->reference[0] = (heif_test_reference){"auxl", 2, 1, 0};
}

static void late_aperture(heif_test_spec *s)
{
    heif_test_add(&s->item[0], heif_test_box("irot", "\1", 1));
    heif_test_add(&s->item[0], heif_test_box("clap", "", 0));
    test_file_free(&s->item[0].property[3]);
    s->item[0].property[3] = heif_test_box("clap", (uint8_t[32]){0}, 32);
}

static void empty_aperture(heif_test_spec *s)
{
    heif_test_add(&s->item[0], heif_test_box("clap", (uint8_t[32]){0}, 32));
}

static void no_record(heif_test_spec *s)
{
    s->item[0].property[1].data[4] = 'x';
}

static void no_item(heif_test_spec *s)
{
    s->primary = 2;
}

START_TEST(refused)
{
    static const struct {
        change_fn *change;
        phash_status status;
        const char *text;
    } cases[] = {
        {no_change, PHASH_OK, ""},
        {larger, PHASH_E_MALFORMED, "announced"},
        {much_smaller, PHASH_E_MALFORMED, "64 x 0"},
        {of_itself, PHASH_E_MALFORMED, "differs"},
        {derived, PHASH_E_UNSUPPORTED, "neither"},
        {other_codec, PHASH_E_UNSUPPORTED, "neither"},
        {own_alpha, PHASH_OK, ""},
        {small_alpha, PHASH_E_UNSUPPORTED, "alpha"},
        {late_aperture, PHASH_E_UNSUPPORTED, "turned"},
        {empty_aperture, PHASH_E_MALFORMED, "aperture"},
        {no_record, PHASH_E_MALFORMED, "parameters"},
        {no_item, PHASH_E_MALFORMED, "not there"},
    };
    decode_run run = decode_run_new();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        heif_test_spec s = {.primary = 1};
        take_lossless(&s.item[0], 1, TILE, TILE);
        cases[i].change(&s);
        decode_spec(&run, &s, NULL);
        expect_refused(&run, cases[i].status, cases[i].text);
    }
    decode_run_free(&run);
}
END_TEST

/* Units behind their lengths: the coded picture twice, half of one, and a slice without its end. */
START_TEST(coded_pictures)
{
    decode_run run = decode_run_new();
    test_file twice = {0}, half = {0};

    for (int how = 0; how < 3; how++) {
        heif_test_spec s = {.primary = 1};
        take_lossless(&s.item[0], 1, TILE, TILE);
        heif_test_item *item = &s.item[0];
        if (how == 0) {
            test_file_add(&twice, item->data, item->size);
            test_file_add(&twice, item->data, item->size);
            item->data = twice.data;
            item->size = twice.size;
        } else if (how == 1) {
            item->size--;
        } else { /* the length says so, too */
            test_file_add(&half, item->data, item->size / 4);
            half.data[2] = (uint8_t)((half.size - 4) >> 8);
            half.data[3] = (uint8_t)(half.size - 4);
            item->data = half.data;
            item->size = half.size;
        }
        decode_spec(&run, &s, NULL);
        expect_refused(&run, how == 1 ? PHASH_E_TRUNCATED : PHASH_E_MALFORMED,
                       how == 0 ? "exactly one" : how == 1 ? "too early" : "HEIF");
    }
    test_file_free(&twice);
    test_file_free(&half);
    decode_run_free(&run);
}
END_TEST

START_TEST(limits_hold)
{
    decode_run run = decode_run_new();
    phash_decode_options o = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    o.limits.max_side = TILE - 1;
    decode_bytes(&run, foreign_lossless_heic, sizeof foreign_lossless_heic, &o);
    expect_refused(&run, PHASH_E_LIMIT, "a tile of 64 x 64");
    o.limits.max_side = W - 1;
    decode_bytes(&run, foreign_lossless_heic, sizeof foreign_lossless_heic, &o);
    expect_refused(&run, PHASH_E_LIMIT, "limit of a side");
    o.limits.max_side = 0;
    o.limits.max_memory = 30000; /* three planes of 64 x 64, once more for a filter, and tables: 41,536 at least */
    decode_bytes(&run, foreign_lossless_heic, sizeof foreign_lossless_heic, &o);
    expect_refused(&run, PHASH_E_LIMIT, "libde265");
    o.limits.max_memory = 60000;
    decode_bytes(&run, foreign_lossless_heic, sizeof foreign_lossless_heic, &o);
    ck_assert_int_eq(run.status, PHASH_OK);
    /* What a tile took is given back: a thousand of them need no more. */
    const uint8_t descriptor[] = {0, 0, 31, 31, 8, 0, 8, 0};
    heif_test_spec s = {.primary = 5, .reference = {{"dimg", 5, 1, 1023}}};
    take_lossless(&s.item[0], 1, TILE, TILE);
    s.item[1] = (heif_test_item){.id = 5, .type = "grid", .data = descriptor, .size = sizeof descriptor};
    heif_test_add(&s.item[1], heif_test_ispe(32 * TILE, 32 * TILE));
    test_file file = heif_test_make(&s);
    o.limits.max_memory = 60000 + 32 * TILE * TILE * 3;
    decode_file(&run, &file, &o);
    ck_assert_msg(run.status == PHASH_OK, "%s", run.diag.text);
    o.limits.max_cpu_ms = 1;
    decode_file(&run, &file, &o);
    expect_refused(&run, PHASH_E_TIMEOUT, "1 ms");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(cut_everywhere)
{
    static const foreign_file files[] = {FOREIGN_FILE("lossless", foreign_lossless_heic),
                                         FOREIGN_FILE("alpha", foreign_alpha_heic)};
    decode_run run = decode_run_new();

    for (size_t i = 0; i < 2; i++)
        for (size_t n = 12; n < files[i].size; n++) {
            decode_bytes(&run, files[i].data, n, NULL);
            ck_assert_msg(run.status == PHASH_E_TRUNCATED || n == (i == 0 ? 28 : 24) /* ftyp alone */,
                          "%s, %zu bytes: %d %s", files[i].name, n, (int)run.status, run.diag.text);
        }
    decode_run_free(&run);
}
END_TEST

/* --- memory --- */

typedef struct hooks {
    long left; /* allocations that still succeed */
    long live;
} hooks;

static void *hook_alloc(void *user, size_t size)
{
    hooks *h = user;
    void *p = h->left-- > 0 ? malloc(size) : NULL;

    h->live += p != NULL;
    return p;
}

static void hook_release(void *user, void *p)
{
    ((hooks *)user)->live -= p != NULL;
    free(p);
}

START_TEST(every_allocation_may_fail)
{
    heif_test_spec s = {.primary = 1};
    phash_status st = PHASH_E_NO_MEMORY;

    take_lossless(&s.item[0], 1, TILE, TILE);
    s.item[0].pieces = 2; /* joined in a buffer */
    test_file pieces = heif_test_make(&s);
    for (int kind = 0; kind < 2; kind++) {
        const uint8_t *data = kind == 0 ? foreign_alpha_heic : pieces.data;
        const size_t size = kind == 0 ? sizeof foreign_alpha_heic : pieces.size;
        long n = 0;
        for (st = PHASH_E_NO_MEMORY; st != PHASH_OK; n++) {
            hooks h = {n, 0};
            phash_options o = {sizeof o, hook_alloc, hook_release, NULL, &h};
            phash_decoder *d = NULL;
            phash_diag diag = {""};
            st = phash_decoder_new(&d, &o);
            if (st == PHASH_OK)
                st = phash_decoder_read(d, NULL, &diag, data, size, NULL);
            ck_assert_msg(st == PHASH_OK || st == PHASH_E_NO_MEMORY, "allocation %ld: %d %s", n, (int)st, diag.text);
            phash_decoder_free(&d);
            ck_assert_int_eq(h.live, 0);
        }
        ck_assert_int_ge(n, kind == 0 ? 8 : 6);
    }
    test_file_free(&pieces);
}
END_TEST

START_TEST(every_bit_wrong)
{
    decode_run run = decode_run_new();
    uint8_t bytes[sizeof foreign_alpha_heic];
    uint32_t good = 0;

    for (size_t i = 0; i < 8 * sizeof bytes; i += 13) {
        memcpy(bytes, foreign_alpha_heic, sizeof bytes);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        good += decode_bytes(&run, bytes, sizeof bytes, NULL) == PHASH_OK;
    }
    ck_assert_uint_gt(good, 0); /* HEVC has no checksums */
    ck_assert_uint_lt(good, sizeof bytes);
    decode_run_free(&run);
}
END_TEST

Suite *suite_heif(void)
{
    Suite *s = suite_create("image/heif");
    TCase *c = tcase_create("heif");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, foreign_pictures);
    tcase_add_test(c, one_picture_cut);
    tcase_add_test(c, a_grid);
    tcase_add_test(c, refused);
    tcase_add_test(c, coded_pictures);
    tcase_add_test(c, limits_hold);
    tcase_add_test(c, cut_everywhere);
    tcase_add_test(c, every_allocation_may_fail);
    tcase_add_test(c, every_bit_wrong);
    suite_add_tcase(s, c);
    return s;
}
