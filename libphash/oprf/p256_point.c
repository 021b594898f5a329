/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/p256_point.h"

const phash_fe phash_curve_b = {{UINT64_C(0xd89cdf6229c4bddf), UINT64_C(0xacf005cd78843090),
                                 UINT64_C(0xe5a220abf7212ed6), UINT64_C(0xdc30061d04874834)}};

const phash_point phash_point_identity = {
    {{0}},
    {{UINT64_C(0x0000000000000001), UINT64_C(0xffffffff00000000), UINT64_C(0xffffffffffffffff),
      UINT64_C(0x00000000fffffffe)}}, /* phash_fe_one */
    {{0}}};

/* out = (a1 + a2)(b1 + b2) - a1 b1 - a2 b2 = a1 b2 + a2 b1, the last two products being at hand. */
static void cross(phash_fe *out, const phash_fe *a1, const phash_fe *a2, const phash_fe *b1, const phash_fe *b2,
                  const phash_fe *product1, const phash_fe *product2)
{
    phash_fe s, t;

    phash_fe_add(&s, a1, a2);
    phash_fe_add(&t, b1, b2);
    phash_fe_mul(&s, &s, &t);
    phash_fe_add(&t, product1, product2);
    phash_fe_sub(out, &s, &t);
}

static void triple(phash_fe *out, const phash_fe *a)
{
    phash_fe twice;

    phash_fe_add(&twice, a, a);
    phash_fe_add(out, &twice, a);
}

/* X1 X2, X1 Y2 + X2 Y1, and so on */
typedef struct products {
    phash_fe xx, yy, zz, xy, xz, yz;
} products;

/* The sum is, for a = -3 (section 3.2 of the paper):
 *   u = 3 (b xz - xx - 3 zz)      v = 3 (xz - b zz)      w = 3 xx - 3 zz
 *   X = xy (yy + v) - yz u        Y = (yy - v)(yy + v) + w u        Z = yz (yy - v) + xy w */
static void add_products(phash_point *out, const products *p)
{
    phash_fe u, v, w, plus, minus, t, zz3;

    phash_fe_mul(&t, &phash_curve_b, &p->zz);
    phash_fe_sub(&t, &p->xz, &t);
    triple(&v, &t);
    triple(&zz3, &p->zz);
    phash_fe_mul(&t, &phash_curve_b, &p->xz);
    phash_fe_sub(&t, &t, &p->xx);
    phash_fe_sub(&t, &t, &zz3);
    triple(&u, &t);
    triple(&w, &p->xx);
    phash_fe_sub(&w, &w, &zz3);

    phash_fe_add(&plus, &p->yy, &v);
    phash_fe_sub(&minus, &p->yy, &v);
    phash_fe_mul(&out->x, &p->xy, &plus);
    phash_fe_mul(&t, &p->yz, &u);
    phash_fe_sub(&out->x, &out->x, &t);
    phash_fe_mul(&out->y, &minus, &plus);
    phash_fe_mul(&t, &w, &u);
    phash_fe_add(&out->y, &out->y, &t);
    phash_fe_mul(&out->z, &p->yz, &minus);
    phash_fe_mul(&t, &p->xy, &w);
    phash_fe_add(&out->z, &out->z, &t);
}

void phash_point_add(phash_point *out, const phash_point *a, const phash_point *b)
{
    products p;

    phash_fe_mul(&p.xx, &a->x, &b->x);
    phash_fe_mul(&p.yy, &a->y, &b->y);
    phash_fe_mul(&p.zz, &a->z, &b->z);
    cross(&p.xy, &a->x, &a->y, &b->x, &b->y, &p.xx, &p.yy);
    cross(&p.yz, &a->y, &a->z, &b->y, &b->z, &p.yy, &p.zz);
    cross(&p.xz, &a->x, &a->z, &b->x, &b->z, &p.xx, &p.zz);
    add_products(out, &p);
}

void phash_point_add_affine(phash_point *out, const phash_point *a, const phash_affine *b)
{
    products p;

    phash_fe_mul(&p.xx, &a->x, &b->x);
    phash_fe_mul(&p.yy, &a->y, &b->y);
    p.zz = a->z;
    cross(&p.xy, &a->x, &a->y, &b->x, &b->y, &p.xx, &p.yy);
    phash_fe_mul(&p.yz, &a->z, &b->y);
    phash_fe_add(&p.yz, &p.yz, &a->y);
    phash_fe_mul(&p.xz, &a->z, &b->x);
    phash_fe_add(&p.xz, &p.xz, &a->x);
    add_products(out, &p);
}

phash_point phash_point_from_affine(const phash_affine *a)
{
    phash_point p = {a->x, a->y, phash_fe_one};

    return p;
}

void phash_points_to_affine(phash_affine *out, const phash_point *points, size_t n)
{
    phash_fe before[PHASH_POINT_BATCH]; /* product of all z before i */
    phash_fe inverse = phash_fe_one;

    for (size_t i = 0; i < n; i++) {
        phash_fe z;
        phash_fe_select(&z, phash_fe_is_zero(&points[i].z), &phash_fe_one, &points[i].z);
        before[i] = inverse;
        phash_fe_mul(&inverse, &inverse, &z);
    }
    phash_fe_inv(&inverse, &inverse);
    for (size_t i = n; i-- > 0;) { /* here inverse = 1 / (product of all z up to i) */
        uint64_t identity = phash_fe_is_zero(&points[i].z);
        const phash_fe zero = {{0}};
        phash_fe z, own;
        phash_fe_select(&z, identity, &phash_fe_one, &points[i].z);
        phash_fe_mul(&own, &inverse, &before[i]);
        phash_fe_mul(&inverse, &inverse, &z);
        phash_fe_select(&own, identity, &zero, &own);
        phash_fe_mul(&out[i].x, &points[i].x, &own);
        phash_fe_mul(&out[i].y, &points[i].y, &own);
    }
}

uint64_t phash_affine_is_identity(const phash_affine *a)
{
    return phash_fe_is_zero(&a->x) & phash_fe_is_zero(&a->y);
}

bool phash_affine_decode(phash_affine *out, const uint8_t *bytes, size_t size)
{
    phash_fe x, y, rhs, t, negative;

    if (size != PHASH_POINT_BYTES || (bytes[0] != 2 && bytes[0] != 3))
        return false;
    if (phash_fe_from_bytes(&x, bytes + 1) == 0)
        return false;
    phash_fe_sqr(&rhs, &x); /* x^3 - 3x + b */
    phash_fe_mul(&rhs, &rhs, &x);
    triple(&t, &x);
    phash_fe_sub(&rhs, &rhs, &t);
    phash_fe_add(&rhs, &rhs, &phash_curve_b);
    if (phash_fe_sqrt(&y, &rhs) == 0)
        return false;
    /* y is never 0: the order of the curve is odd, so there is no point of order two. */
    phash_fe_neg(&negative, &y);
    phash_fe_select(&y, 0 - (phash_fe_sgn0(&y) ^ (bytes[0] & 1u)), &negative, &y);
    out->x = x;
    out->y = y;
    return true;
}

void phash_affine_encode(uint8_t bytes[PHASH_POINT_BYTES], const phash_affine *a)
{
    bytes[0] = (uint8_t)(2 + phash_fe_sgn0(&a->y));
    phash_fe_to_bytes(bytes + 1, &a->x);
}
