/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/hasher.h"

#include "hash/fingerprint.h"
#include "hash/margin.h"
#include "util/cpu.h"
#include "util/sampling.h"

#include <stdbool.h>
#include <string.h>

#define PLANE_DEFAULT ((uint64_t)PHASH_SAMPLED_SIDE * PHASH_SAMPLED_SIDE)
#define PLANE_MAX ((uint64_t)1 << 28)
#define ALIGNMENT ((size_t)64) /* a cache line */

/* Floats of one plane, rounded up to whole cache lines. */
static uint64_t plane_floats(uint64_t pixels)
{
    const uint64_t line = ALIGNMENT / sizeof(float);

    return (phash_plane_capacity(pixels) + line - 1) / line * line;
}

static void choose_kernels(phash_hasher *h, uint32_t cpu_flags)
{
    phash_luma_kernels_init(&h->luma, cpu_flags);
    phash_box_kernels_init(&h->box, cpu_flags);
    phash_quality_kernels_init(&h->quality, cpu_flags);
    phash_dct_kernels_init(&h->dct, cpu_flags);
    phash_half_dct_kernels_init(&h->half_dct, cpu_flags);
}

phash_status phash_hasher_new_with_cpu(phash_hasher **out, uint64_t max_plane, const phash_options *options,
                                       uint32_t cpu_flags)
{
    const phash_allocator allocator = phash_allocator_from(options);
    const uint64_t limit = max_plane != 0 ? max_plane : PLANE_DEFAULT;
    phash_hasher *h;

    if (out == NULL)
        return PHASH_E_ARGUMENT;
    if (limit > PLANE_MAX)
        return PHASH_E_LIMIT;
    /* PHASH_SCALING_512 always has room for its 512 x 512. */
    const uint64_t plane = plane_floats(limit > PLANE_DEFAULT ? limit : PLANE_DEFAULT);
    const uint64_t spare = max_plane != 0 ? plane : PHASH_FILTER_SPARE_MIN;
    const uint64_t total = sizeof *h + ALIGNMENT + (plane + spare) * sizeof(float);
    if (total > SIZE_MAX)
        return PHASH_E_NO_MEMORY;
    h = phash_alloc(&allocator, 1, (size_t)total);
    if (h == NULL)
        return PHASH_E_NO_MEMORY;
    h->allocator = allocator;
    h->size = (size_t)total;
    h->max_plane = limit;
    const uintptr_t after = (uintptr_t)(h + 1);
    uint8_t *first = (uint8_t *)(h + 1) + (ALIGNMENT - after % ALIGNMENT) % ALIGNMENT;
    h->plane.data = (float *)(void *)first;
    h->space.spare = h->plane.data + plane;
    h->space.spare_floats = (size_t)spare;
    choose_kernels(h, cpu_flags);
    *out = h;
    return PHASH_OK;
}

phash_status phash_hasher_new(phash_hasher **out, uint64_t max_plane, const phash_options *options)
{
    return phash_hasher_new_with_cpu(out, max_plane, options, phash_cpu_flags());
}

void phash_hasher_free(phash_hasher **hasher)
{
    if (hasher == NULL || *hasher == NULL)
        return;
    const phash_allocator allocator = (*hasher)->allocator;
    phash_release_secret(&allocator, *hasher, (*hasher)->size);
    *hasher = NULL;
}

const char *phash_hasher_kernels(const phash_hasher *hasher)
{
    return hasher != NULL ? hasher->box.isa : "none";
}

const float *phash_hasher_grid(const phash_hasher *hasher)
{
    return hasher->grid;
}

const float *phash_hasher_coefficients(const phash_hasher *hasher)
{
    return hasher->coefficients;
}

static bool is_sound(const phash_bitmap *b)
{
    if (b->data == NULL || b->width == 0 || b->height == 0)
        return false;
    if (b->pixels != PHASH_PIXELS_GREY && b->pixels != PHASH_PIXELS_RGB && b->pixels != PHASH_PIXELS_RGBA)
        return false;
    return b->stride >= (uint64_t)b->width * (uint64_t)b->pixels;
}

static bool is_too_small(const phash_plane *plane)
{
    return plane->rows < PHASH_PLANE_SIDE_MIN || plane->cols < PHASH_PLANE_SIDE_MIN;
}

/* Check a bitmap and give hasher->plane the size it has after stage A. */
static phash_status measure(phash_hasher *h, const phash_bitmap *bitmap, phash_scaling scaling)
{
    uint32_t width = bitmap->width;
    uint32_t height = bitmap->height;

    if (!is_sound(bitmap) || (scaling != PHASH_SCALING_512 && scaling != PHASH_SCALING_NONE))
        return PHASH_E_ARGUMENT;
    if (scaling == PHASH_SCALING_512)
        phash_sampled_size(&width, &height, width, height);
    else if ((uint64_t)width * height > h->max_plane)
        return PHASH_E_LIMIT;
    h->plane.rows = height;
    h->plane.cols = width;
    h->plane.pitch = phash_plane_pitch(width);
    return PHASH_OK;
}

phash_status phash_hasher_load(phash_hasher *h, const phash_bitmap *bitmap, phash_scaling scaling, bool with_margins)
{
    const phash_status st = measure(h, bitmap, scaling);

    if (st == PHASH_OK && with_margins && phash_margin_fits(h->plane.rows, h->plane.cols))
        h->plane.pitch = phash_plane_pitch(h->plane.cols + PHASH_MARGIN_ROOM);
    if (st == PHASH_OK && !is_too_small(&h->plane))
        phash_plane_load(&h->plane, &h->luma, bitmap);
    return st;
}

/* Stages A to E of a picture that was measured and is large enough. */
static void make_grid(phash_hasher *h, const phash_bitmap *bitmap)
{
    if (phash_plane_is_sampled(h->plane.rows, h->plane.cols)) {
        phash_bitmap_to_grid(h->grid, h->plane.rows, h->plane.cols, &h->space, &h->luma, &h->box, bitmap);
        return;
    }
    phash_plane_load(&h->plane, &h->luma, bitmap);
    phash_plane_to_grid(h->grid, &h->plane, &h->space, &h->box);
}

void phash_hasher_finish(phash_hasher *h, phash_fingerprint *out)
{
    const uint32_t quality = h->quality.sum(h->grid) / 90;

    h->dct.grid(h->coefficients, h->grid);
    phash_fingerprint_bits(out, h->coefficients);
    out->quality = quality < 100 ? (int32_t)quality : 100;
}

static void finish_too_small(phash_hasher *h, phash_fingerprint *out)
{
    memset(h->grid, 0, sizeof h->grid);
    memset(h->coefficients, 0, sizeof h->coefficients);
    memset(out, 0, sizeof *out);
    out->flags = PHASH_FINGERPRINT_TOO_SMALL;
}

/* Meta's single-hash entry takes a plane of exactly 64 x 64 as the grid; its dihedral entry filters it. */
static bool is_grid_already(const phash_plane *plane)
{
    return plane->rows == PHASH_GRID_SIDE && plane->cols == PHASH_GRID_SIDE;
}

static void load_grid(phash_hasher *h, const phash_bitmap *bitmap)
{
    const phash_plane grid = {h->grid, PHASH_GRID_SIDE, PHASH_GRID_SIDE, PHASH_GRID_SIDE};

    phash_plane_load(&grid, &h->luma, bitmap);
}

phash_status phash_hasher_run(phash_hasher *hasher, phash_fingerprint *out, const phash_bitmap *bitmap,
                              phash_scaling scaling)
{
    if (hasher == NULL || out == NULL || bitmap == NULL)
        return PHASH_E_ARGUMENT;
    const phash_status st = measure(hasher, bitmap, scaling);
    if (st != PHASH_OK)
        return st;
    if (is_too_small(&hasher->plane)) {
        finish_too_small(hasher, out);
        return PHASH_OK;
    }
    if (is_grid_already(&hasher->plane))
        load_grid(hasher, bitmap);
    else
        make_grid(hasher, bitmap);
    phash_hasher_finish(hasher, out);
    return PHASH_OK;
}

phash_status phash_hasher_dihedral(phash_hasher *hasher, phash_fingerprint out[PHASH_DIHEDRAL_COUNT],
                                   const phash_bitmap *bitmap, phash_scaling scaling)
{
    float turned[PHASH_DCT_SIZE];

    if (hasher == NULL || out == NULL || bitmap == NULL)
        return PHASH_E_ARGUMENT;
    const phash_status st = measure(hasher, bitmap, scaling);
    if (st != PHASH_OK)
        return st;
    if (is_too_small(&hasher->plane)) {
        for (int view = 0; view < PHASH_DIHEDRAL_COUNT; view++)
            finish_too_small(hasher, &out[view]);
        return PHASH_OK;
    }
    make_grid(hasher, bitmap);
    phash_hasher_finish(hasher, &out[0]);
    for (int view = 1; view < PHASH_DIHEDRAL_COUNT; view++) {
        phash_dihedral_turn(turned, hasher->coefficients, (phash_dihedral)view);
        phash_fingerprint_bits(&out[view], turned);
        out[view].quality = out[0].quality;
    }
    return PHASH_OK;
}
