/* SPDX-License-Identifier: Apache-2.0 */
#include "damage_support.h"

#include "support/guard.h"

#include "support/failing_alloc.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>

uint8_t over_white(uint32_t sample, uint32_t alpha)
{
    return (uint8_t)((alpha * sample + (255 - alpha) * 255 + 127) / 255);
}

void check_pixels(decode_run *run, const test_file *file, phash_alpha alpha, uint32_t width, uint32_t height,
                  uint32_t channels, const uint8_t *expected, uint32_t tolerance, const char *what)
{
    const phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, alpha);

    decode_file(run, file, &options);
    ck_assert_msg(run->status == PHASH_OK, "%s: %s", what, run->diag.text);
    const phash_bitmap b =
        decode_reading(run, 0, alpha == PHASH_ALPHA_DROP && run->info.has_alpha ? PHASH_READING_ALPHA_DROPPED : 0);
    ck_assert_msg(b.width == width && b.height == height && (uint32_t)b.pixels == channels, "%s: %u x %u x %u", what,
                  b.width, b.height, (unsigned)b.pixels);
    const uint32_t off = bitmap_difference(&b, expected);
    ck_assert_msg(off <= tolerance, "%s: off by %u", what, off);
}

void check_cuts(decode_run *run, const test_file *file, size_t whole, const char *what)
{
    ck_assert_msg(decode_bytes(run, file->data, whole, NULL) == PHASH_OK, "%s whole: %s", what, run->diag.text);
    for (size_t n = 0; n < whole; n++) {
        decode_bytes(run, file->data, n, NULL);
        ck_assert_msg(run->status == PHASH_E_TRUNCATED || run->status == PHASH_E_MALFORMED ||
                          (n == 0 && run->status == PHASH_E_EMPTY) ||
                          (n < 32 && (run->status == PHASH_E_FORMAT_UNKNOWN || run->status == PHASH_E_UNSUPPORTED)),
                      "%s cut at %zu of %zu: status %d %s", what, n, whole, (int)run->status, run->diag.text);
    }
}

static bool is_documented(phash_status st)
{
    switch (st) {
    case PHASH_OK:
    case PHASH_E_FORMAT_UNKNOWN:
    case PHASH_E_UNSUPPORTED:
    case PHASH_E_TRUNCATED:
    case PHASH_E_MALFORMED:
    case PHASH_E_LIMIT:
    case PHASH_E_TIMEOUT: return true;
    default: return false;
    }
}

void check_flips(decode_run *run, const test_file *file, const char *what)
{
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    const uint64_t seed = test_seed(99);
    test_rng rng = test_rng_init(seed);

    options.limits.max_pixels = 1u << 20;
    options.limits.max_memory = 64u << 20;
    printf("%s: seed %llu\n", what, (unsigned long long)seed);
    for (size_t i = 0; i < file->size; i++)
        for (int way = 0; way < 4; way++) {
            const uint8_t before = file->data[i];
            uint8_t random;
            test_rng_fill(&rng, &random, 1);
            const uint8_t ways[4] = {0, 255, (uint8_t)(before ^ 1u << random % 8), random};
            file->data[i] = ways[way];
            decode_file(run, file, &options);
            ck_assert_msg(is_documented(run->status), "%s, byte %zu = %u: status %d %s", what, i, file->data[i],
                          (int)run->status, run->diag.text);
            file->data[i] = before;
        }
}

static void check_same_readings(const decode_run *a, const decode_run *b, const char *what)
{
    const uint32_t n = phash_decoder_reading_count(b->decoder);

    ck_assert_uint_eq(phash_decoder_reading_count(a->decoder), n);
    for (uint32_t r = 0; r < n; r++) {
        phash_bitmap one, other;
        uint32_t flags[2];
        ck_assert_int_eq(phash_decoder_reading(a->decoder, &one, &flags[0], r), PHASH_OK);
        ck_assert_int_eq(phash_decoder_reading(b->decoder, &other, &flags[1], r), PHASH_OK);
        ck_assert(flags[0] == flags[1] && one.width == other.width && one.height == other.height &&
                  one.pixels == other.pixels && other.stride == other.width * (size_t)other.pixels);
        ck_assert_msg(bitmap_difference(&one, other.data) == 0, "%s, reading %u", what, r);
    }
}

static void walk_next(decode_run *run)
{
    run->diag.text[0] = '\0';
    run->status = phash_decoder_next(run->decoder, &run->info, &run->diag);
}

/* The frames of a walk that may run out of memory. */
static void check_walk_allocations(const uint8_t *bytes, size_t size, uint32_t frames)
{
    failing_alloc f = {.left = 1000};
    const phash_options hooks = failing_alloc_options(&f);

    for (unsigned long n = 0; n == 0 || f.failed; n++) {
        decode_run run = {0};
        uint32_t seen = 0;
        f = (failing_alloc){.left = 1000};
        ck_assert_int_eq(phash_decoder_new(&run.decoder, &hooks), PHASH_OK);
        f.left = n;
        run.status = phash_decoder_begin(run.decoder, NULL, NULL, bytes, size, NULL);
        while (run.status == PHASH_OK) {
            walk_next(&run);
            seen += run.status == PHASH_OK;
        }
        ck_assert_int_eq(run.status, f.failed ? PHASH_E_NO_MEMORY : PHASH_E_STATE);
        ck_assert(f.failed ? seen < frames : seen == frames);
        decode_run_free(&run);
        ck_assert_int_eq(f.live, 0);
        ck_assert_uint_lt(n, 1000);
    }
}

void check_walk(const test_file *file, uint32_t frames, const char *what)
{
    guard_buffer b = guard_new(file->size);
    decode_run run = decode_run_new(), alone = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_BOTH, PHASH_ALPHA_BOTH);

    memcpy(b.data, file->data, file->size);
    check_walk_allocations(b.data, file->size, frames);
    run.status = phash_decoder_begin(run.decoder, &run.info, &run.diag, b.data, file->size, &options);
    ck_assert_msg(run.status == PHASH_OK, "%s: %s", what, run.diag.text);
    ck_assert_uint_eq(run.info.frames, frames);
    ck_assert_uint_eq(phash_decoder_reading_count(run.decoder), 0);
    for (uint32_t i = 0; i < frames; i++) {
        options.frame = i;
        decode_file(&alone, file, &options);
        walk_next(&run);
        ck_assert_msg(run.status == PHASH_OK, "%s, frame %u: %s", what, i, run.diag.text);
        ck_assert_msg(memcmp(&run.info, &alone.info, sizeof run.info) == 0, "%s, frame %u", what, i);
        check_same_readings(&run, &alone, what);
    }
    const phash_image_info last = run.info;
    for (int i = 0; i < 2; i++) {
        walk_next(&run);
        ck_assert_int_eq(run.status, PHASH_E_STATE);
        ck_assert(memcmp(&run.info, &last, sizeof last) == 0 && run.diag.text[0] == '\0');
    }
    guard_free(&b); /* no longer borrowed */
    decode_run_free(&run);
    decode_run_free(&alone);
}

void check_allocations(const test_file *file, const char *what)
{
    for (unsigned long n = 0;; n++) {
        failing_alloc f = {.left = 1000};
        const phash_options hooks = failing_alloc_options(&f);
        decode_run run = {0};
        ck_assert_int_eq(phash_decoder_new(&run.decoder, &hooks), PHASH_OK);
        f.left = n;
        decode_file(&run, file, NULL);
        ck_assert_msg(run.status == (f.failed ? PHASH_E_NO_MEMORY : PHASH_OK), "%s, allocation %lu: status %d %s", what,
                      n, (int)run.status, run.diag.text);
        decode_run_free(&run);
        ck_assert_int_eq(f.live, 0);
        if (!f.failed)
            break;
        ck_assert_uint_lt(n, 1000);
    }
}
