/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/pdq_planes.h"

#include <string.h>

/* What a formula may look at. */
typedef struct canvas {
    uint32_t w;
    uint32_t h;
    uint8_t n8[9 * 9];
    uint8_t n16[17 * 17];
    uint8_t n32[33 * 33];
} canvas;

typedef uint32_t formula(const canvas *c, uint32_t x, uint32_t y);

uint64_t pdq_fnv1a(const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint32_t xs32(uint32_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 17;
    *s ^= *s << 5;
    return *s;
}

static void fill_xs32(uint8_t *out, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(xs32(&seed) >> 24);
}

static uint32_t triangle(uint32_t t, uint32_t period)
{
    const uint32_t u = t % period;
    const uint32_t half = period / 2;

    return (u < half ? u : period - 1 - u) * 255 / (half - 1);
}

/* Bilinear between lattice points, in 8-bit fixed point. */
static uint32_t noise(const canvas *c, const uint8_t *lattice, uint32_t n, uint32_t x, uint32_t y)
{
    const uint32_t fx = (uint32_t)((uint64_t)x * n * 256 / c->w);
    const uint32_t fy = (uint32_t)((uint64_t)y * n * 256 / c->h);
    const uint32_t ax = fx & 255;
    const uint32_t ay = fy & 255;
    const uint8_t *p = lattice + (fy >> 8) * (n + 1) + (fx >> 8);
    const uint8_t *q = p + n + 1;
    const uint32_t top = p[0] * (256 - ax) + p[1] * ax;
    const uint32_t bottom = q[0] * (256 - ax) + q[1] * ax;

    return (top * (256 - ay) + bottom * ay) >> 16;
}

static uint32_t hgrad(const canvas *c, uint32_t x, uint32_t y)
{
    (void)y;
    return c->w == 1 ? 0 : 255 * x / (c->w - 1);
}

static uint32_t vgrad(const canvas *c, uint32_t x, uint32_t y)
{
    (void)x;
    return c->h == 1 ? 0 : 255 * y / (c->h - 1);
}

static uint32_t diag(const canvas *c, uint32_t x, uint32_t y)
{
    return c->w + c->h == 2 ? 0 : 255 * (x + y) / (c->w + c->h - 2);
}

static uint32_t checker8(const canvas *c, uint32_t x, uint32_t y)
{
    (void)c;
    return ((x / 8) ^ (y / 8)) & 1 ? 255 : 0;
}

static uint32_t checker1(const canvas *c, uint32_t x, uint32_t y)
{
    (void)c;
    return (x ^ y) & 1 ? 255 : 0;
}

static uint32_t four_waves(const canvas *c, uint32_t x, uint32_t y)
{
    (void)c;
    return (triangle(x, 64) + triangle(y, 48) + triangle(x + 2 * y, 180) + triangle(3 * x + y, 250)) / 4;
}

static uint32_t ring(const canvas *c, uint32_t x, uint32_t y)
{
    const int64_t dx = 2 * (int64_t)x + 1 - c->w;
    const int64_t dy = 2 * (int64_t)y + 1 - c->h;

    return (uint32_t)((dx * dx + dy * dy) * 4 / (c->w + c->h)) & 255;
}

static uint32_t vnoise(const canvas *c, uint32_t x, uint32_t y)
{
    return (4 * noise(c, c->n8, 8, x, y) + 2 * noise(c, c->n16, 16, x, y) + noise(c, c->n32, 32, x, y)) / 7;
}

static uint32_t vnoise_green(const canvas *c, uint32_t x, uint32_t y)
{
    return (noise(c, c->n8, 8, c->w - 1 - x, y) + noise(c, c->n16, 16, x, c->h - 1 - y)) / 2;
}

static uint32_t vnoise_blue(const canvas *c, uint32_t x, uint32_t y)
{
    return noise(c, c->n32, 32, x, y);
}

static uint32_t wave_red(const canvas *c, uint32_t x, uint32_t y)
{
    (void)c;
    return triangle(x + y, 96);
}

static uint32_t wave_green(const canvas *c, uint32_t x, uint32_t y)
{
    (void)c;
    return triangle(5 * x + 3 * y, 700);
}

static uint32_t wave_blue(const canvas *c, uint32_t x, uint32_t y)
{
    (void)c;
    return triangle(2 * x + 7 * y, 1100);
}

static uint32_t near128(const canvas *c, uint32_t x, uint32_t y)
{
    (void)c;
    return 128 + ((x ^ y) & 1);
}

static uint32_t near128dot(const canvas *c, uint32_t x, uint32_t y)
{
    return x == c->w / 2 && y == c->h / 2 ? 129 : 128;
}

/* How a picture is made: bytes of a generator, a constant, or a formula per channel. */
static const struct picture {
    const char *name;
    int channels;
    uint32_t seed; /* not 0: xs32 bytes in storage order */
    formula *of[3]; /* NULL: the constant */
    uint8_t constant[3];
} pictures[] = {
    {"rgb_xs32_1", 3, 1, {NULL}, {0}},
    {"rgb_xs32_2463534242", 3, 2463534242u, {NULL}, {0}},
    {"grey_xs32_1", 1, 1, {NULL}, {0}},
    {"grey_hgrad", 1, 0, {hgrad}, {0}},
    {"grey_vgrad", 1, 0, {vgrad}, {0}},
    {"grey_diag", 1, 0, {diag}, {0}},
    {"grey_checker8", 1, 0, {checker8}, {0}},
    {"grey_checker1", 1, 0, {checker1}, {0}},
    {"grey_tri", 1, 0, {four_waves}, {0}},
    {"grey_ring", 1, 0, {ring}, {0}},
    {"grey_vnoise", 1, 0, {vnoise}, {0}},
    {"rgb_vnoise", 3, 0, {vnoise, vnoise_green, vnoise_blue}, {0}},
    {"rgb_tri", 3, 0, {wave_red, wave_green, wave_blue}, {0}},
    {"const0", 1, 0, {NULL}, {0}},
    {"const1", 1, 0, {NULL}, {1}},
    {"const128", 1, 0, {NULL}, {128}},
    {"const255", 1, 0, {NULL}, {255}},
    {"rgb_const", 3, 0, {NULL}, {10, 200, 77}},
    {"near128", 1, 0, {near128}, {0}},
    {"near128dot", 1, 0, {near128dot}, {0}},
};

static const struct picture *find_picture(const char *name)
{
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        if (strcmp(pictures[i].name, name) == 0)
            return &pictures[i];
    return NULL;
}

int pdq_plane_generate(uint8_t *out, const char *name, uint32_t width, uint32_t height)
{
    const struct picture *p = find_picture(name);
    canvas c = {width, height, {0}, {0}, {0}};

    if (p == NULL || out == NULL)
        return p == NULL ? 0 : p->channels;
    const size_t channels = (size_t)p->channels;
    if (p->seed != 0) {
        fill_xs32(out, (size_t)width * height * channels, p->seed);
        return p->channels;
    }
    fill_xs32(c.n8, sizeof c.n8, 12345);
    fill_xs32(c.n16, sizeof c.n16, 67890);
    fill_xs32(c.n32, sizeof c.n32, 424242);
    for (size_t i = 0; i < channels; i++) {
        uint8_t *to = out + i;
        for (uint32_t y = 0; y < height; y++)
            for (uint32_t x = 0; x < width; x++, to += channels)
                *to = p->of[i] != NULL ? (uint8_t)p->of[i](&c, x, y) : p->constant[i];
    }
    return p->channels;
}
