/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes through phash_decoder_read, then frame by frame: bounded, and either a whole picture or a
 * refusal with a reason. */
#include "image/codec_job.h"
#include "support/guard.h"
#include "support/make_image.h"

#include <phash/image.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz_decode: %s\n", what);
    abort();
}

/* Touches every byte of a reading. */
static uint32_t sum_of(const phash_bitmap *b)
{
    uint32_t sum = 0;

    must(b->width >= 1 && b->width <= 512 && b->height >= 1 && b->height <= 512, "sides of a reading");
    must(b->pixels == PHASH_PIXELS_GREY || b->pixels == PHASH_PIXELS_RGB, "channels of a reading");
    for (uint32_t y = 0; y < b->height; y++)
        for (size_t x = 0; x < b->width * (size_t)b->pixels; x++)
            sum = sum * 31 + b->data[y * b->stride + x];
    return sum;
}

static void check_success(const phash_decoder *decoder, const phash_image_info *info)
{
    const uint32_t n = phash_decoder_reading_count(decoder);
    volatile uint32_t sum = 0;

    must(n >= 1 && n <= PHASH_READINGS_MAX, "number of readings");
    must(info->width >= 1 && info->height >= 1, "sides");
    must(info->orientation >= 1 && info->orientation <= 8, "orientation");
    must(phash_kind_is_supported(info->kind), "kind");
    for (uint32_t i = 0; i < n; i++) {
        phash_bitmap bitmap;
        uint32_t reading;
        must(phash_decoder_reading(decoder, &bitmap, &reading, i) == PHASH_OK, "a reading");
        must(strcmp(phash_reading_name(reading), "unknown") != 0, "flags of a reading");
        sum = sum + sum_of(&bitmap);
    }
}

static void check_failure(const phash_decoder *decoder, phash_status st, const phash_diag *diag)
{
    switch (st) {
    case PHASH_E_UNSUPPORTED:
    case PHASH_E_LIMIT:
    case PHASH_E_TIMEOUT:
    case PHASH_E_TRUNCATED:
    case PHASH_E_MALFORMED:
    case PHASH_E_FORMAT_UNKNOWN:
    case PHASH_E_EMPTY: break;
    default: must(0, "a status that is not documented, or no memory");
    }
    must(diag->text[0] != '\0', "no reason given");
    must(phash_decoder_reading_count(decoder) == 0, "readings after a failure");
}

static void set_options(phash_decode_options *o, size_t size, phash_pipeline pipeline)
{
    memset(o, 0, sizeof *o);
    o->struct_size = sizeof *o;
    o->orientation = (phash_orientation)(size % 3);
    o->alpha = (phash_alpha)(size / 3 % 3);
    o->pipeline = pipeline;
    o->frame = (uint32_t)(size % 4);
    o->limits.max_pixels = 1u << 20;
    o->limits.max_memory = 16u << 20;
    o->limits.max_scans = 20;
    o->limits.max_cpu_ms = 2000;
}

static phash_status decode_once(phash_decoder *decoder, const uint8_t *data, size_t size, phash_pipeline pipeline)
{
    phash_decode_options options;
    phash_image_info info;
    phash_diag diag = {""};

    set_options(&options, size, pipeline);
    const phash_status st = phash_decoder_read(decoder, &info, &diag, data, size, &options);
    if (st == PHASH_OK)
        check_success(decoder, &info);
    else
        check_failure(decoder, st, &diag);
    return st;
}

static uint32_t sum_of_first(const phash_decoder *decoder)
{
    phash_bitmap bitmap;

    must(phash_decoder_reading(decoder, &bitmap, NULL, 0) == PHASH_OK, "the first reading");
    return sum_of(&bitmap);
}

/* Frame by frame, the first few. A frame that can be had alone is the same among the others; `sum` is that of the one
 * which set_options names, and counts when `st` is PHASH_OK. */
static void walk(phash_decoder *decoder, const uint8_t *data, size_t size, phash_status st, uint32_t sum)
{
    phash_decode_options options;
    phash_image_info info = {0};
    phash_diag diag = {""};
    uint32_t n = 0;

    set_options(&options, size, PHASH_PIPELINE_EXACT);
    phash_status now = phash_decoder_begin(decoder, &info, &diag, data, size, &options);
    if (now != PHASH_OK)
        check_failure(decoder, now, &diag);
    const bool open = now == PHASH_OK;
    while (open && n < 8) {
        diag.text[0] = '\0';
        now = phash_decoder_next(decoder, &info, &diag);
        if (now == PHASH_E_STATE)
            break;
        must(info.frame == n && n < info.frames, "frames are out of order");
        if (now == PHASH_OK)
            check_success(decoder, &info);
        else
            check_failure(decoder, now, &diag);
        if (st == PHASH_OK && now != PHASH_E_TIMEOUT && n == (options.frame < info.frames ? options.frame
                                                                                         : info.frames - 1))
            must(now == PHASH_OK && sum_of_first(decoder) == sum, "a frame differs among others");
        n++;
    }
    must(st != PHASH_OK || n != 0 || now == PHASH_E_TIMEOUT, "frames that are there alone only");
    phash_decoder_end(decoder);
}

/* A byte in the middle chooses the pipeline; whole rows of colour, the plainest way, must come to the same verdict,
 * and sparse colours to the same pixels. Time may run out in one of them only. */
static void decode(phash_decoder *decoder, const uint8_t *data, size_t size)
{
    const phash_pipeline pipeline = (phash_pipeline)(size != 0 ? data[size / 2] % 3 : 0);

    phash_decoder_choose_jpeg_path(decoder, PHASH_JPEG_PATH_SPARSE);
    const phash_status st = decode_once(decoder, data, size, pipeline);
    const uint32_t sum = st == PHASH_OK ? sum_of_first(decoder) : 0;
    phash_decoder_choose_jpeg_path(decoder, PHASH_JPEG_PATH_ORDINARY);
    const phash_status plain = decode_once(decoder, data, size, PHASH_PIPELINE_EXACT);
    must(st == plain || st == PHASH_E_TIMEOUT || plain == PHASH_E_TIMEOUT, "pipelines differ in their verdict");
    if (st == PHASH_OK && plain == PHASH_OK && pipeline == PHASH_PIPELINE_EXACT)
        must(sum_of_first(decoder) == sum, "sparse colours differ");
    walk(decoder, data, size, plain, plain == PHASH_OK ? sum_of_first(decoder) : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static phash_decoder *decoder; /* kept: state must not leak from one picture into the next */
    guard_buffer b = guard_new(size);

    if (decoder == NULL)
        must(phash_decoder_new(&decoder, NULL) == PHASH_OK, "no decoder");
    if (size != 0)
        memcpy(b.data, data, size);
    decode(decoder, b.data, size);
    /* Checksums would keep most mutations out of libpng: try again with right ones. */
    if (phash_kind_sniff(b.data, size) == PHASH_KIND_PNG) {
        test_png_fix_crcs(b.data, size);
        decode(decoder, b.data, size);
    }
    guard_free(&b);
    return 0;
}
