/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/p256_batch.h"

#include "oprf/hash_to_curve.h"
#include "util/mem.h"

#include <string.h>

#define LANES PHASH_P256_LANES
#define PAYS_FROM 2 /* eight lanes cost less than two operations one by one, be it multiplying, mapping or lifting */

bool phash_batch_pays(const phash_p256_kernels *kernels, size_t n)
{
    return kernels != NULL && kernels->fast && n >= PAYS_FROM;
}

static size_t lanes_of(size_t n)
{
    return n < LANES ? n : LANES;
}

static void put(phash_p256_numbers *to, size_t lane, const uint64_t limb[4])
{
    for (int i = 0; i < 4; i++)
        to->limb[i][lane] = limb[i];
}

static void get(uint64_t limb[4], const phash_p256_numbers *from, size_t lane)
{
    for (int i = 0; i < 4; i++)
        limb[i] = from->limb[i][lane];
}

static void get_points(phash_affine *out, const phash_p256_points *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        get(out[i].x.limb, &from->x, i);
        get(out[i].y.limb, &from->y, i);
    }
}

/* Lanes beyond n repeat the last. */
static size_t lane_source(size_t lane, size_t n)
{
    return lane < n ? lane : n - 1;
}

void phash_lanes_mul(const phash_p256_kernels *kernels, phash_affine *out, const phash_affine *points,
                     const phash_scalar *scalars, size_t step, size_t n)
{
    phash_p256_points lanes;
    phash_p256_numbers factors;
    uint64_t limb[4];

    for (size_t i = 0; i < LANES; i++) {
        const size_t from = lane_source(i, n);
        put(&lanes.x, i, points[from].x.limb);
        put(&lanes.y, i, points[from].y.limb);
        phash_scalar_to_limbs(limb, &scalars[from * step]);
        put(&factors, i, limb);
    }
    kernels->mul(&lanes, &lanes, &factors);
    get_points(out, &lanes, n);
    phash_wipe(&lanes, sizeof lanes);
    phash_wipe(&factors, sizeof factors);
    phash_wipe(limb, sizeof limb);
}

static void map_lanes(const phash_p256_kernels *kernels, phash_affine *out, const phash_fe (*u)[2], size_t n)
{
    phash_p256_numbers pair[2];
    phash_p256_points lanes;

    for (size_t i = 0; i < LANES; i++) {
        put(&pair[0], i, u[lane_source(i, n)][0].limb);
        put(&pair[1], i, u[lane_source(i, n)][1].limb);
    }
    kernels->map(&lanes, &pair[0], &pair[1]);
    get_points(out, &lanes, n);
    phash_wipe(pair, sizeof pair);
    phash_wipe(&lanes, sizeof lanes);
}

static void map_singly(phash_affine *out, const phash_fe (*u)[2], size_t n)
{
    phash_point points[PHASH_POINT_BATCH];
    phash_point q;

    for (size_t i = 0; i < n; i++) {
        phash_map_to_curve(&points[i], &u[i][0]);
        phash_map_to_curve(&q, &u[i][1]);
        phash_point_add(&points[i], &points[i], &q);
    }
    phash_points_to_affine(out, points, n);
    phash_wipe(points, n * sizeof *points);
    phash_wipe(&q, sizeof q);
}

void phash_points_map(const phash_p256_kernels *kernels, phash_affine *out, const phash_fe (*u)[2], size_t n)
{
    size_t at = 0;

    for (; phash_batch_pays(kernels, n - at); at += lanes_of(n - at))
        map_lanes(kernels, out + at, u + at, lanes_of(n - at));
    if (at < n)
        map_singly(out + at, u + at, n - at);
}

/* phash_affine_decode for up to eight; gives the index of the first that is refused, or n. */
static size_t decode_lanes(const phash_p256_kernels *kernels, phash_affine *out, const uint8_t *bytes, size_t n)
{
    phash_p256_numbers x, y;
    uint64_t found[LANES];
    uint64_t below_prime[LANES] = {0};

    for (size_t i = 0; i < LANES; i++) {
        const size_t from = lane_source(i, n);
        below_prime[i] = phash_fe_from_bytes(&out[from].x, bytes + from * PHASH_POINT_BYTES + 1);
        put(&x, i, out[from].x.limb);
    }
    kernels->lift(&y, found, &x);
    for (size_t i = 0; i < n; i++) {
        const uint8_t prefix = bytes[i * PHASH_POINT_BYTES];
        if ((prefix != 2 && prefix != 3) || below_prime[i] == 0 || found[i] == 0)
            return i;
        get(out[i].y.limb, &y, i);
        if (phash_fe_sgn0(&out[i].y) != (prefix & 1u))
            phash_fe_neg(&out[i].y, &out[i].y); /* y is never 0: no point has order two */
    }
    return n;
}

size_t phash_points_decode(const phash_p256_kernels *kernels, phash_affine *out, const uint8_t *bytes, size_t n)
{
    size_t at = 0;

    for (size_t now; phash_batch_pays(kernels, n - at); at += now) {
        now = lanes_of(n - at);
        size_t good = decode_lanes(kernels, out + at, bytes + at * PHASH_POINT_BYTES, now);
        if (good < now)
            return at + good;
    }
    while (at < n && phash_affine_decode(&out[at], bytes + at * PHASH_POINT_BYTES, PHASH_POINT_BYTES))
        at++;
    return at;
}
