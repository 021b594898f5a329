/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/pdq_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One vector of n samples that lie stride floats apart (stage D, steps 1 to 4). */
static void box_vector(float *out, const float *in, size_t n, size_t stride, size_t window)
{
    const size_t h = (window + 2) / 2;
    float sum = 0.0f;
    size_t k = 0;
    size_t r = 0;
    size_t l = 0;
    size_t o = 0;

    for (size_t i = 0; i < h - 1; i++) {
        sum += in[stride * r++];
        k++;
    }
    for (size_t i = 0; i < window - h + 1; i++) {
        sum += in[stride * r++];
        k++;
        out[stride * o++] = sum / (float)k;
    }
    for (size_t i = 0; i < n - window; i++) {
        sum += in[stride * r++];
        sum -= in[stride * l++];
        out[stride * o++] = sum / (float)k;
    }
    for (size_t i = 0; i < h - 1; i++) {
        sum -= in[stride * l++];
        k--;
        out[stride * o++] = sum / (float)k;
    }
}

void pdq_reference_filter(float *luma, float *spare, size_t rows, size_t cols)
{
    for (int twice = 0; twice < 2; twice++) {
        for (size_t y = 0; y < rows; y++)
            box_vector(spare + y * cols, luma + y * cols, cols, 1, (cols + 127) / 128);
        for (size_t x = 0; x < cols; x++)
            box_vector(luma + x, spare + x, rows, cols, (rows + 127) / 128);
    }
}

static int reference_quality(float a[64][64])
{
    int g = 0;

    for (int i = 0; i < 63; i++)
        for (int j = 0; j < 64; j++)
            g += abs((int)(((a[i][j] - a[i + 1][j]) * 100.0f) / 255.0f));
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < 63; j++)
            g += abs((int)(((a[i][j] - a[i][j + 1]) * 100.0f) / 255.0f));
    return g / 90 < 100 ? g / 90 : 100;
}

float pdq_reference_coefficient(int i, int j)
{
    const double pi = 3.14159265358979323846;
    const float scale = (float)sqrt(2.0 / 64.0);

    return (float)((double)scale * cos((pi / 2.0 / 64.0) * (double)(i + 1) * (double)(2 * j + 1)));
}

static void reference_dct(float b[16][16], float a[64][64])
{
    static float d[16][64]; /* the tests are single-threaded */
    float t[16][64];

    if (d[0][0] == 0.0f)
        for (int i = 0; i < 16; i++)
            for (int j = 0; j < 64; j++)
                d[i][j] = pdq_reference_coefficient(i, j);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 64; j++) {
            float sum = 0.0f;
            for (int k = 0; k < 64; k++)
                sum += d[i][k] * a[k][j];
            t[i][j] = sum;
        }
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 16; j++) {
            float sum = 0.0f;
            for (int k = 0; k < 64; k++)
                sum += t[i][k] * d[j][k];
            b[i][j] = sum;
        }
}

static int compare_floats(const void *x, const void *y)
{
    const float a = *(const float *)x;
    const float b = *(const float *)y;

    return (a > b) - (a < b);
}

static void reference_bits(uint8_t hash[32], float b[16][16])
{
    float sorted[256];

    memcpy(sorted, b, sizeof sorted);
    qsort(sorted, 256, sizeof *sorted, compare_floats);
    memset(hash, 0, 32);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 16; j++)
            if (b[i][j] > sorted[127]) {
                const int k = 16 * i + j;
                hash[31 - k / 8] = (uint8_t)(hash[31 - k / 8] | 1u << (k % 8));
            }
}

void pdq_reference_run(pdq_reference *out, float *luma, float *spare, size_t rows, size_t cols, int dihedral)
{
    memset(out, 0, sizeof *out);
    if (rows < 5 || cols < 5)
        return;
    if (rows == 64 && cols == 64 && !dihedral) {
        memcpy(out->grid, luma, sizeof out->grid);
    } else {
        pdq_reference_filter(luma, spare, rows, cols);
        for (size_t i = 0; i < 64; i++)
            for (size_t j = 0; j < 64; j++)
                out->grid[i][j] = luma[(2 * i + 1) * rows / 128 * cols + (2 * j + 1) * cols / 128];
    }
    out->quality = reference_quality(out->grid);
    reference_dct(out->coefficients, out->grid);
    reference_bits(out->hash, out->coefficients);
}
