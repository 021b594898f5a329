/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/box.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

/* Output o is the mean of in[o - behind .. o + ahead], clipped to the vector:
 *
 *     sum_o = (sum_{o-1} + in[o + ahead]) - in[o - behind - 1]     out[o] = sum_o / count
 *
 * with ahead = window / 2 and behind = window - 1 - ahead; an even window leans forward. */
static size_t ahead_of(size_t window)
{
    return window / 2;
}

static size_t behind_of(size_t window)
{
    return window - 1 - window / 2;
}

static void row_at(float *out, const float *in, const phash_box_shape *shape, const uint32_t *at, size_t n)
{
    const size_t ahead = ahead_of(shape->window);
    const size_t behind = behind_of(shape->window);
    float sum = 0.0f;
    size_t count = 0;
    size_t done = 0;

    for (; count < ahead; count++)
        sum += in[count];
    for (size_t o = 0; done < n; o++) {
        if (o + ahead < shape->cols) {
            sum += in[o + ahead];
            count++;
        }
        if (o > behind) {
            sum -= in[o - behind - 1];
            count--;
        }
        for (; done < n && at[done] == o; done++)
            out[done] = sum / (float)count;
    }
}

void phash_box_rows_at_c(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                         const phash_box_shape *shape, const uint32_t *at, size_t n)
{
    for (size_t y = 0; y < shape->rows; y++)
        row_at(out + y * out_pitch, in + y * in_pitch, shape, at, n);
}

static void row(float *out, const float *in, const phash_box_shape *shape)
{
    const size_t ahead = ahead_of(shape->window);
    const size_t behind = behind_of(shape->window);
    float sum = 0.0f;
    size_t count = 0;

    for (; count < ahead; count++)
        sum += in[count];
    for (size_t o = 0; o < shape->cols; o++) {
        if (o + ahead < shape->cols) {
            sum += in[o + ahead];
            count++;
        }
        if (o > behind) {
            sum -= in[o - behind - 1];
            count--;
        }
        out[o] = sum / (float)count;
    }
}

void phash_box_rows_c(float *out, size_t out_pitch, const float *in, size_t in_pitch, const phash_box_shape *shape)
{
    for (size_t y = 0; y < shape->rows; y++)
        row(out + y * out_pitch, in + y * in_pitch, shape);
}

/* Columns side by side, each with its own sum, so that memory is read along its rows. */
static void add_row(float *sums, const float *in, size_t n)
{
    for (size_t x = 0; x < n; x++)
        sums[x] += in[x];
}

static void subtract_row(float *sums, const float *in, size_t n)
{
    for (size_t x = 0; x < n; x++)
        sums[x] -= in[x];
}

static void divide_row(float *out, const float *sums, size_t n, size_t count)
{
    for (size_t x = 0; x < n; x++)
        out[x] = sums[x] / (float)count;
}

static void start_columns(float *sums, const float *in, size_t pitch, const phash_box_shape *shape)
{
    for (size_t x = 0; x < shape->cols; x++)
        sums[x] = 0.0f;
    for (size_t y = 0; y < ahead_of(shape->window); y++)
        add_row(sums, in + y * pitch, shape->cols);
}

/* Move the sums from output o - 1 to output o; returns how many samples are in each. */
static size_t step_columns(float *sums, const float *in, size_t pitch, const phash_box_shape *shape, size_t o)
{
    const size_t enters = o + ahead_of(shape->window);
    const size_t behind = behind_of(shape->window);
    const size_t start = o > behind ? o - behind : 0;

    if (enters < shape->rows)
        add_row(sums, in + (enters - shape->top) * pitch, shape->cols);
    if (o > behind)
        subtract_row(sums, in + (o - behind - 1 - shape->top) * pitch, shape->cols);
    return (enters < shape->rows ? enters + 1 : shape->rows) - start;
}

static void box_columns_c(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                          const phash_box_shape *shape, float *sums, size_t first, size_t last)
{
    if (first == 0)
        start_columns(sums, in, in_pitch, shape);
    for (size_t o = first; o < last; o++) {
        const size_t count = step_columns(sums, in, in_pitch, shape, o);
        divide_row(out + (o - first) * out_pitch, sums, shape->cols, count);
    }
}

void phash_box_columns_at(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                          const phash_box_shape *shape, float *sums, const uint32_t *at, size_t n)
{
    size_t done = 0;

    start_columns(sums, in, in_pitch, shape);
    for (size_t o = 0; done < n; o++) {
        const size_t count = step_columns(sums, in, in_pitch, shape, o);
        for (; done < n && at[done] == o; done++)
            divide_row(out + done * out_pitch, sums, shape->cols, count);
    }
}

void phash_box_kernels_init(phash_box_kernels *k, uint32_t cpu_flags)
{
    k->rows = phash_box_rows_c;
    k->columns = box_columns_c;
    k->rows_at = phash_box_rows_at_c;
    k->grid_strip = phash_grid_strip_c;
    k->grid_strip_pixels = phash_grid_strip_pixels_c;
    k->isa = "c";
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_box_init_sse2(k, cpu_flags);
    phash_box_init_avx2(k, cpu_flags);
    phash_box_init_avx512(k, cpu_flags);
#elif !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
    phash_box_init_neon(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
