/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse colours against whole rows by libjpeg: every pixel, every bit. */
#include "image/jpeg_sparse.h"

#include "decode_support.h"
#include "image/codec_job.h"
#include "support/photo.h"
#include "support/rng.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_jpeg_sparse(void);

/* Layouts: sampling factors of Y, Cb, Cr, and whether they are known. */
typedef struct layout {
    int h[3], v[3];
    bool known;
} layout;

static const layout layouts[] = {
    {{2, 1, 1}, {2, 1, 1}, true},  {{2, 1, 1}, {1, 1, 1}, true},  {{1, 1, 1}, {1, 1, 1}, true},
    {{2, 2, 2}, {2, 2, 2}, true},  {{2, 1, 1}, {2, 2, 2}, true},  {{1, 1, 1}, {2, 2, 2}, true},
    {{4, 2, 2}, {1, 1, 1}, true},  {{2, 1, 1}, {4, 2, 2}, true}, /* 4:2:0 with 32 rows to a row of MCUs */
    {{1, 1, 1}, {2, 1, 1}, false}, {{4, 1, 1}, {1, 1, 1}, false}, {{4, 1, 1}, {2, 1, 1}, false},
    {{2, 1, 2}, {2, 1, 2}, false}, {{2, 1, 1}, {2, 1, 2}, false}, {{1, 2, 2}, {1, 2, 2}, false},
    {{3, 1, 1}, {1, 1, 1}, false}, {{2, 1, 1}, {3, 1, 1}, false}, {{1, 2, 2}, {1, 1, 1}, false},
};
#define N_LAYOUTS (sizeof layouts / sizeof *layouts)

/* Noise, photo-like, or stripes of full contrast a pixel wide: the last bring chroma to both ends of its range. */
static uint8_t *pixels_of(test_rng *rng, uint32_t width, uint32_t height)
{
    const size_t size = (size_t)width * height * 3;
    uint8_t *rgb = need(size);
    const uint32_t kind = test_rng_below(rng, 3);

    if (kind == 0)
        test_photo_rgb(rgb, width, height, test_rng_next(rng));
    else
        test_rng_fill(rng, rgb, size);
    for (size_t i = 0; kind == 2 && i < size; i++)
        rgb[i] = rgb[i] < 128 ? 0 : 255;
    return rgb;
}

static uint32_t random_side(test_rng *rng)
{
    switch (test_rng_below(rng, 4)) {
    case 0: return 1 + test_rng_below(rng, 20);
    case 1: return 8 * (1 + test_rng_below(rng, 24)) - 1 + test_rng_below(rng, 3);
    case 2: return 32 * (1 + test_rng_below(rng, 6)) - 2 + test_rng_below(rng, 5);
    default: return 1 + test_rng_below(rng, 300);
    }
}

static test_jpeg random_spec(test_rng *rng, const layout *l)
{
    test_jpeg spec = {.width = random_side(rng), .height = random_side(rng), .colour = TEST_JPEG_YCBCR};

    memcpy(spec.h_samp, l->h, sizeof l->h);
    memcpy(spec.v_samp, l->v, sizeof l->v);
    spec.quality = 1 + (int)test_rng_below(rng, 100);
    spec.progressive = test_rng_below(rng, 3) == 0;
    spec.restart = test_rng_below(rng, 3) == 0 ? 1 + test_rng_below(rng, 9) : 0;
    int blocks = 0; /* more than 10 in an MCU are not allowed (T.81 B.2.3): then one scan a component */
    for (int c = 0; c < 3; c++)
        blocks += l->h[c] * l->v[c];
    spec.progressive &= blocks <= 10;
    spec.separate_scans = !spec.progressive && (blocks > 10 || test_rng_below(rng, 4) == 0);
    return spec;
}

/* The whole picture through the module; NULL when it does not know the layout. */
static uint8_t *decode_sparse(const test_file *file)
{
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    phash_jpeg_sparse sparse;
    uint8_t *rgb = NULL;

    cinfo.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&cinfo);
    jpeg_mem_src(&cinfo, file->data, (unsigned long)file->size);
    jpeg_read_header(&cinfo, TRUE);
    if (phash_jpeg_sparse_knows(&cinfo)) {
        const uint32_t w = cinfo.image_width;
        const uint32_t h = cinfo.image_height;
        uint32_t *columns = need(w * sizeof *columns);
        const size_t size = phash_jpeg_sparse_init(&sparse, &cinfo);
        uint8_t *memory = need(size);
        uint32_t y = 0;
        memset(memory, 0xa5, size);
        for (uint32_t x = 0; x < w; x++)
            columns[x] = x;
        rgb = need((size_t)w * h * 3);
        phash_jpeg_sparse_use(&sparse, memory);
        cinfo.raw_data_out = TRUE;
        jpeg_start_decompress(&cinfo);
        ck_assert_uint_eq(phash_jpeg_sparse_ready(&sparse), 0);
        while (y < h) {
            ck_assert(phash_jpeg_sparse_read(&sparse, &cinfo));
            const uint32_t ready = phash_jpeg_sparse_ready(&sparse);
            ck_assert(ready > y && ready <= h);
            for (; y < ready; y++)
                phash_jpeg_sparse_row(&sparse, rgb + (size_t)y * w * 3, y, columns, w);
        }
        jpeg_finish_decompress(&cinfo);
        free(memory);
        free(columns);
    }
    jpeg_destroy_decompress(&cinfo);
    return rgb;
}

static bool is_fallback(const layout *l, const test_jpeg *spec)
{
    return !l->known || (l->h[0] != l->h[1] && spec->width <= 4);
}

START_TEST(every_pixel_is_the_same)
{
    const uint64_t seed = test_seed(420422444);
    test_rng rng = test_rng_init(seed);

    printf("image/jpeg_sparse: seed %llu\n", (unsigned long long)seed);
    for (uint32_t i = 0; i < 900; i++) {
        const layout *l = &layouts[i % N_LAYOUTS];
        const test_jpeg spec = random_spec(&rng, l);
        uint8_t *pixels = pixels_of(&rng, spec.width, spec.height);
        test_file file = test_make_jpeg(&spec, pixels);
        uint8_t *sparse = decode_sparse(&file);
        ck_assert_msg((sparse == NULL) == is_fallback(l, &spec), "layout %d", (int)(l - layouts));
        if (sparse != NULL) {
            uint32_t w = 0, h = 0, channels = 0;
            uint8_t *whole = decode_whole_jpeg(&file, false, 8, &w, &h, &channels);
            const size_t size = (size_t)w * h * 3;
            for (size_t k = 0; k < size && memcmp(sparse, whole, size) != 0; k++)
                ck_assert_msg(sparse[k] == whole[k], "case %u layout %d %ux%u: pixel %zu,%zu channel %zu: %u not %u", i,
                              (int)(l - layouts), w, h, k / 3 % w, k / 3 / w, k % 3, sparse[k], whole[k]);
            free(whole);
        }
        free(sparse);
        free(pixels);
        test_file_free(&file);
    }
}
END_TEST

/* All 65,536 pairs of chroma with the ends and the middle of luminance, as flat blocks: quality 100 and 4:4:4 bring
 * most of them exactly; whatever comes must come out the same. */
START_TEST(every_colour_is_the_same)
{
    const uint32_t w = 2048, h = 1024;
    uint8_t *rgb = need((size_t)w * h * 3);

    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++) {
            uint8_t *p = rgb + ((size_t)y * w + x) * 3;
            p[0] = (uint8_t)(x / 8);
            p[1] = (uint8_t)(y / 4);
            p[2] = (uint8_t)(x % 8 * 36 + y % 4);
        }
    const test_jpeg spec = {.width = w, .height = h, .colour = TEST_JPEG_YCBCR, .quality = 100, .full_chroma = true};
    test_file file = test_make_jpeg(&spec, rgb);
    uint32_t whole_w = 0, whole_h = 0, channels = 0;
    uint8_t *whole = decode_whole_jpeg(&file, false, 8, &whole_w, &whole_h, &channels);
    uint8_t *sparse = decode_sparse(&file);
    ck_assert_ptr_nonnull(sparse);
    ck_assert_int_eq(memcmp(sparse, whole, (size_t)w * h * 3), 0);
    free(sparse);
    free(whole);
    free(rgb);
    test_file_free(&file);
}
END_TEST

/* Through the decoder: both ways, and its own choice, give the same readings. */
START_TEST(readings_are_the_same)
{
    static const uint32_t sides[][2] = {{1500, 1201}, {2003, 777}, {513, 300}, {400, 300}, {5, 3000}};
    const phash_decode_options both = decode_options(PHASH_ORIENTATION_BOTH, PHASH_ALPHA_WHITE);
    decode_run run[3] = {decode_run_new(), decode_run_new(), decode_run_new()};
    test_rng rng = test_rng_init(9);

    for (int i = 0; i < 3; i++)
        phash_decoder_choose_jpeg_path(run[i].decoder, (phash_jpeg_path)i);
    for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
        for (uint32_t o = 1 + (uint32_t)k % 2; o <= 8; o += 2) {
            test_jpeg spec = random_spec(&rng, &layouts[(o + k) % 8]);
            spec.width = sides[k][0];
            spec.height = sides[k][1];
            spec.orientation = o;
            uint8_t *pixels = pixels_of(&rng, spec.width, spec.height);
            test_file file = test_make_jpeg(&spec, pixels);
            for (int i = 0; i < 3; i++)
                ck_assert_int_eq(decode_file(&run[i], &file, &both), PHASH_OK);
            for (uint32_t r = 0; r < (o == 1 ? 1u : 2u); r++) {
                const phash_bitmap b = decode_reading(&run[PHASH_JPEG_PATH_ORDINARY], r, r);
                for (int i = 0; i < 3; i++) {
                    const phash_bitmap other = decode_reading(&run[i], r, r);
                    ck_assert(other.width == b.width && other.height == b.height);
                    ck_assert_uint_eq(bitmap_difference(&other, b.data), 0);
                }
            }
            test_file_free(&file);
            free(pixels);
        }
    for (int i = 0; i < 3; i++)
        decode_run_free(&run[i]);
}
END_TEST

Suite *suite_jpeg_sparse(void)
{
    Suite *s = suite_create("image/jpeg_sparse");
    TCase *c = tcase_create("jpeg_sparse");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_pixel_is_the_same);
    tcase_add_test(c, every_colour_is_the_same);
    tcase_add_test(c, readings_are_the_same);
    suite_add_tcase(s, c);
    return s;
}
