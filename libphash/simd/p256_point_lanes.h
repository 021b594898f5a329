/* SPDX-License-Identifier: Apache-2.0 */
/* Points of P-256, one to a lane; included once by p256.c and by each instruction set's p256_<isa>.c, behind
 * p256_field_lanes.h. They find lanes_mul, lanes_map, lanes_lift and lanes_sums here. Nothing branches or indexes on a
 * lane, except v_gather and v_scatter in lanes_sums. */
#ifndef TARGET
#error "included by p256.c and p256_<isa>.c only"
#endif

/* Jacobian (x / z^2, y / z^3) in multiplications by scalars, projective (x / z, y / z) elsewhere. */
typedef struct point {
    fe x, y, z;
} point;

/* ---- projective points: complete addition ---- */

/* out = a1 b2 + a2 b1 = (a1 + a2)(b1 + b2) - a1 b1 - a2 b2, the last two products being at hand. */
static TARGET void cross(fe *out, const fe *a1, const fe *a2, const fe *b1, const fe *b2, const fe *product1,
                         const fe *product2)
{
    fe s, t;

    fe_add(&s, a1, a2);
    fe_add(&t, b1, b2);
    fe_mul(&s, &s, &t);
    sub_limbs(&s, &s, product1);
    fe_sub(out, &s, product2);
}

/* out = a b + sign c d, sign being 1 or -1 */
static TARGET void two_products(fe *out, const fe *a, const fe *b, int sign, const fe *c, const fe *d)
{
    fe s, t;

    fe_mul(&s, a, b);
    fe_mul(&t, c, d);
    if (sign > 0)
        fe_add(out, &s, &t);
    else
        fe_sub(out, &s, &t);
}

/* out = a + b for any two points (Renes, Costello and Batina 2015, algorithm 4); the letters are those of
 * phash_point_add in oprf/p256_point.c. */
static TARGET void point_add(point *out, const point *a, const point *b)
{
    const fe curve = fe_constant(&curve_b);
    fe xx, yy, zz, xy, xz, yz, u, v, w, plus, minus, t;

    fe_mul(&xx, &a->x, &b->x);
    fe_mul(&yy, &a->y, &b->y);
    fe_mul(&zz, &a->z, &b->z);
    cross(&xy, &a->x, &a->y, &b->x, &b->y, &xx, &yy);
    cross(&yz, &a->y, &a->z, &b->y, &b->z, &yy, &zz);
    cross(&xz, &a->x, &a->z, &b->x, &b->z, &xx, &zz);

    fe_mul(&t, &curve, &zz);
    sub_limbs(&t, &xz, &t);
    fold_triple(&v, &t);
    fe_mul(&t, &curve, &xz);
    sub_limbs(&t, &t, &xx);
    sub_limbs(&w, &xx, &zz);
    fold_triple(&w, &w); /* 3 xx - 3 zz */
    fold_triple(&zz, &zz);
    sub_limbs(&t, &t, &zz);
    fold_triple(&u, &t);

    fe_add(&plus, &yy, &v);
    fe_sub(&minus, &yy, &v);
    two_products(&out->x, &xy, &plus, -1, &yz, &u);
    two_products(&out->y, &minus, &plus, 1, &w, &u);
    two_products(&out->z, &yz, &minus, 1, &xy, &w);
}

/* Store (x f, y f). */
static TARGET void store_scaled(phash_p256_points *out, const fe *x, const fe *y, const fe *f)
{
    fe t;

    fe_mul(&t, x, f);
    fe_store(&out->x, &t);
    fe_mul(&t, y, f);
    fe_store(&out->y, &t);
}

/* ---- Jacobian points: multiplication by scalars ---- */

/* out = 2 a, which takes an identity to an identity:
 *   M = 3 (X - Z^2)(X + Z^2)   X' = M^2 - 8 X Y^2   Y' = M (4 X Y^2 - X') - 8 Y^4   Z' = 2 Y Z */
static TARGET void jacobian_double(point *out, const point *a)
{
    fe zz, yy, m, s, t, z;

    fe_sqr(&zz, &a->z);
    fe_sqr(&yy, &a->y);
    fe_mul(&z, &a->y, &a->z);
    fe_sub(&s, &a->x, &zz);
    fe_add(&t, &a->x, &zz);
    fe_mul(&m, &s, &t);
    fold_triple(&m, &m);
    fe_mul(&s, &a->x, &yy);
    double_limbs(&s, &s, 2);
    fe_add(&out->z, &z, &z);
    fe_sqr(&t, &m);
    sub_limbs(&t, &t, &s);
    fe_sub(&out->x, &t, &s);
    fe_sub(&s, &s, &out->x);
    fe_mul(&s, &s, &m);
    fe_sqr(&yy, &yy);
    double_limbs(&yy, &yy, 3);
    fe_sub(&out->y, &s, &yy);
}

/* out = a + b for points that are different, not opposite, and no identities. */
static TARGET void jacobian_add(point *out, const point *a, const point *b)
{
    fe aa, bb, u, h, s, r, hh, t;

    fe_sqr(&aa, &a->z);
    fe_sqr(&bb, &b->z);
    fe_mul(&u, &a->x, &bb);
    fe_mul(&t, &b->x, &aa);
    fe_sub(&h, &t, &u);
    fe_mul(&bb, &bb, &b->z);
    fe_mul(&aa, &aa, &a->z);
    fe_mul(&s, &a->y, &bb);
    fe_mul(&t, &b->y, &aa);
    fe_sub(&r, &t, &s);
    fe_mul(&t, &a->z, &b->z);
    fe_mul(&out->z, &t, &h);
    fe_sqr(&hh, &h);
    fe_mul(&u, &u, &hh); /* V = U H^2 */
    fe_mul(&hh, &hh, &h);
    fe_sqr(&t, &r);
    sub_limbs(&t, &t, &hh);
    sub_limbs(&t, &t, &u);
    fe_sub(&out->x, &t, &u); /* R^2 - H^3 - 2 V */
    fe_sub(&u, &u, &out->x);
    two_products(&out->y, &r, &u, -1, &s, &hh);
}

static TARGET void point_select(point *out, vec mask, const point *a, const point *b)
{
    fe_select(&out->x, mask, &a->x, &b->x);
    fe_select(&out->y, mask, &a->y, &b->y);
    fe_select(&out->z, mask, &a->z, &b->z);
}

#define DIGIT_BITS 5
#define SIX_BITS ((UINT64_C(2) << DIGIT_BITS) - 1)
#define DIGIT_MAX (1 << (DIGIT_BITS - 1))
#define DIGITS ((256 + DIGIT_BITS) / DIGIT_BITS)

/* What multiplication keeps, secret throughout */
typedef struct mul_state {
    point multiple[DIGIT_MAX]; /* 1 .. 16 times the point */
    point acc, entry, sum;
    vec identity; /* all ones while acc is the identity */
    vec scalar[6]; /* two times the scalar, and zeros */
} mul_state;

static TARGET void make_multiples(mul_state *s, const phash_p256_points *points)
{
    point *m = s->multiple;

    fe_load(&m[0].x, &points->x);
    fe_load(&m[0].y, &points->y);
    m[0].z = fe_constant(&one);
    for (int i = 2; i <= DIGIT_MAX; i++) {
        if (i % 2 == 0)
            jacobian_double(&m[i - 1], &m[i / 2 - 1]);
        else
            jacobian_add(&m[i - 1], &m[i - 2], &m[0]);
    }
}

static TARGET void load_scalars(mul_state *s, const phash_p256_numbers *scalars)
{
    vec below = v_set1(0);

    for (int i = 0; i < 4; i++) {
        vec limb = v_load(scalars->limb[i]);
        s->scalar[i] = v_or(v_shl(limb, 1), v_shr(below, 63));
        below = limb;
    }
    s->scalar[4] = v_shr(below, 63);
    s->scalar[5] = v_set1(0);
}

/* Digit i of the scalar, in -16 .. 16 (Booth 1951): the rounded half of the six bits from 5 i - 1 on, less 32 when
 * the topmost is set. Gives its amount, and all ones in *negative. */
static TARGET vec booth_digit(const mul_state *s, int i, vec *negative)
{
    const int bit = DIGIT_BITS * i;
    const vec low = v_shift_right(s->scalar[bit / 64], bit % 64);
    const vec high = v_shift_left(s->scalar[bit / 64 + 1], 64 - bit % 64); /* by 64: zero */
    vec six = v_and(v_or(low, high), v_set1(SIX_BITS));
    vec mask = v_sub(v_set1(0), v_shr(six, DIGIT_BITS));

    six = v_select(mask, v_sub(v_set1(SIX_BITS), six), six);
    *negative = mask;
    return v_add(v_shr(six, 1), v_and(six, v_set1(1)));
}

/* entry = amount times the point, negated under the mask, from a look at every multiple; garbage for 0 */
static TARGET void look_up(mul_state *s, vec amount, vec negative)
{
    const fe zero = fe_constant(&(const constant){{0}});
    point entry = {zero, zero, zero};
    fe opposite;

    for (int i = 0; i < DIGIT_MAX; i++)
        point_select(&entry, v_is_zero(v_sub(amount, v_set1((uint64_t)i + 1))), &s->multiple[i], &entry);
    fe_sub(&opposite, &zero, &entry.y);
    fe_select(&entry.y, negative, &opposite, &entry.y);
    s->entry = entry;
}

/* acc = 32 acc + digit i times the point.
 *
 * The sum never is of equal or opposite points. Before digit d the accumulator is 32 m times the point, m the rounded
 * rest of the scalar. Above digit 0, 32 m is below n / 16, so that 32 m = d or -d modulo the order n would mean m = 0,
 * which is the identity. At digit 0, for a scalar k = 32 m + d of 1 .. n - 1: 32 m = -d would mean k = 0; 32 m = d
 * would mean 32 m = n + d, but n = 17 mod 32 and -17 is no digit, nor is 15 one for which k = n + 2 d is below n. */
static TARGET void add_digit(mul_state *s, int i)
{
    vec negative;
    const vec amount = booth_digit(s, i, &negative);
    const vec none = v_is_zero(amount);

    for (int k = 0; k < DIGIT_BITS && i != DIGITS - 1; k++)
        jacobian_double(&s->acc, &s->acc);
    look_up(s, amount, negative);
    jacobian_add(&s->sum, &s->acc, &s->entry);
    point_select(&s->sum, s->identity, &s->entry, &s->sum);
    point_select(&s->acc, none, &s->acc, &s->sum);
    s->identity = v_and(s->identity, none);
}

static TARGET void lanes_mul(phash_p256_points *out, const phash_p256_points *points,
                             const phash_p256_numbers *scalars)
{
    const fe zero = fe_constant(&(const constant){{0}});
    mul_state s;
    fe inverse, square;

    make_multiples(&s, points);
    load_scalars(&s, scalars);
    s.acc = (point){zero, zero, zero};
    s.identity = v_is_zero(v_set1(0));
    for (int i = DIGITS - 1; i >= 0; i--)
        add_digit(&s, i);
    fe_inv(&inverse, &s.acc.z); /* an identity, z being 0, comes out as (0, 0) */
    fe_sqr(&square, &inverse);
    fe_mul(&s.acc.y, &s.acc.y, &inverse);
    store_scaled(out, &s.acc.x, &s.acc.y, &square);
    phash_wipe(&s, sizeof s);
}

/* ---- hashing and decoding ---- */

/* root = sqrt(u / v) where that is a square (mask all ones), else sqrt(Z u / v) (mask zero); v != 0.
 * RFC 9380, appendix F.2.1.2, for p = 3 mod 4. */
static TARGET vec sqrt_ratio(fe *root, const fe *u, const fe *v)
{
    const fe factor = fe_constant(&sqrt_minus_z);
    fe uv, t, y1, y2;

    fe_mul(&uv, u, v);
    fe_sqr(&t, v);
    fe_mul(&t, &t, &uv);
    fe_pow_p3d4(&y1, &t);
    fe_mul(&y1, &y1, &uv);
    fe_mul(&y2, &y1, &factor);
    fe_sqr(&t, &y1);
    fe_mul(&t, &t, v);
    vec is_square = fe_equal(&t, u);
    fe_select(root, is_square, &y1, &y2);
    return is_square;
}

/* out = -3 a */
static TARGET void times_a(fe *out, const fe *a)
{
    fe t;

    double_limbs(&t, a, 2);
    fe_sub(out, a, &t);
}

/* out = x^3 - 3 x z^2 + b z^3 with z2 = z^2, z3 = z^3 */
static TARGET void curve_equation(fe *out, const fe *x, const fe *z2, const fe *z3)
{
    const fe curve = fe_constant(&curve_b);
    fe t;

    fe_sqr(out, x);
    times_a(&t, z2);
    fe_add(out, out, &t);
    fe_mul(out, out, x);
    fe_mul(&t, z3, &curve);
    fe_add(out, out, &t);
}

/* RFC 9380, appendix F.2, without its last division; as phash_map_to_curve in oprf/hash_to_curve.c. */
static TARGET void map_to_curve(point *out, const fe *u)
{
    const fe curve = fe_constant(&curve_b);
    const fe unit = fe_constant(&one);
    const fe factor = fe_constant(&swu_z);
    const fe zero = fe_constant(&(const constant){{0}});
    fe zu2, t, numerator, z, gx, z2, z3, root, x, y;

    fe_sqr(&zu2, u);
    fe_mul(&zu2, &zu2, &factor); /* Z u^2 */
    fe_sqr(&t, &zu2);
    fe_add(&t, &t, &zu2); /* Z^2 u^4 + Z u^2 */
    fe_add(&numerator, &t, &unit);
    fe_mul(&numerator, &numerator, &curve);
    fe_sub(&z, &zero, &t);
    fe_select(&z, fe_equal(&t, &zero), &factor, &z);
    times_a(&z, &z);

    fe_sqr(&z2, &z);
    fe_mul(&z3, &z2, &z);
    curve_equation(&gx, &numerator, &z2, &z3);
    vec is_square = sqrt_ratio(&root, &gx, &z3);
    fe_mul(&x, &zu2, &numerator); /* the other candidate: x2 = Z u^2 x1, y2 = Z u^3 sqrt(Z gx1) */
    fe_mul(&y, &zu2, u);
    fe_mul(&y, &y, &root);
    fe_select(&out->x, is_square, &numerator, &x);
    fe_select(&y, is_square, &root, &y);

    fe_sub(&t, &zero, &y);
    fe_select(&y, v_xor(fe_odd(u), fe_odd(&y)), &t, &y);
    fe_mul(&out->y, &y, &z);
    out->z = z;
}

static TARGET void lanes_map(phash_p256_points *out, const phash_p256_numbers *u0, const phash_p256_numbers *u1)
{
    point p, q;
    fe u;

    fe_load(&u, u0);
    map_to_curve(&p, &u);
    fe_load(&u, u1);
    map_to_curve(&q, &u);
    point_add(&p, &p, &q);
    fe_inv(&u, &p.z);
    store_scaled(out, &p.x, &p.y, &u);
    phash_wipe(&p, sizeof p);
    phash_wipe(&q, sizeof q);
    phash_wipe(&u, sizeof u);
}

static TARGET void lanes_lift(phash_p256_numbers *y, uint64_t found[PHASH_P256_LANES], const phash_p256_numbers *x)
{
    const fe unit = fe_constant(&one);
    fe t, square, root;

    fe_load(&t, x);
    curve_equation(&square, &t, &unit, &unit);
    fe_pow_p3d4(&root, &square); /* (p + 1) / 4 = (p - 3) / 4 + 1 */
    fe_mul(&root, &root, &square);
    fe_sqr(&t, &root);
    v_store(found, fe_equal(&t, &square));
    fe_store(y, &root);
}

/* ---- sums of public multiples ---- */

/* Buckets of every lane, in the order of their limbs; the first is for weights of 0 and is never looked at. */
typedef uint64_t bucket[15][PHASH_P256_LANES];

static TARGET void read_buckets(point *out, const bucket *buckets, vec index)
{
    fe *coordinate[3] = {&out->x, &out->y, &out->z};

    for (int i = 0; i < 15; i++)
        coordinate[i / 5]->limb[i % 5] = v_gather(buckets[0][i], index);
}

static TARGET void write_buckets(bucket *buckets, vec index, const point *in)
{
    const fe *coordinate[3] = {&in->x, &in->y, &in->z};

    for (int i = 0; i < 15; i++)
        v_scatter(buckets[0][i], index, coordinate[i / 5]->limb[i % 5]);
}

/* The same point in all lanes. Its numbers are taken as they are, for Montgomery form with R = 2^260: they stand for
 * (x / 16, y / 16), and with z = 1 / 16 for the point itself. */
static TARGET void broadcast(point *out, const uint64_t xy[8])
{
    vec l[8];

    for (int i = 0; i < 8; i++)
        l[i] = v_set1(xy[i]);
    split_limbs(&out->x, l);
    split_limbs(&out->y, l + 4);
    out->z = fe_constant(&out_of_lanes);
}

/* Add every point to the bucket of its weight's amount. */
static TARGET void fill_buckets(bucket *buckets, const uint64_t (*points)[8],
                                const int8_t (*weights)[PHASH_P256_LANES], size_t n)
{
    const fe zero = fe_constant(&(const constant){{0}});
    point p, b;
    fe opposite;

    for (size_t i = 0; i < n; i++) {
        uint64_t index[PHASH_P256_LANES], negative[PHASH_P256_LANES];
        for (int lane = 0; lane < PHASH_P256_LANES; lane++) {
            int weight = weights[i][lane];
            negative[lane] = weight < 0 ? UINT64_MAX : 0;
            index[lane] = (uint64_t)(weight < 0 ? -weight : weight) * 15 * PHASH_P256_LANES + (uint64_t)lane;
        }
        broadcast(&p, points[i]);
        fe_sub(&opposite, &zero, &p.y);
        fe_select(&p.y, v_load(negative), &opposite, &p.y);
        read_buckets(&b, (const bucket *)buckets, v_load(index));
        point_add(&b, &b, &p);
        write_buckets(buckets, v_load(index), &b);
    }
}

static TARGET void lanes_sums(phash_p256_sums *out, const uint64_t (*points)[8],
                              const int8_t (*weights)[PHASH_P256_LANES], size_t n)
{
    const fe zero = fe_constant(&(const constant){{0}});
    const fe unit = fe_constant(&one);
    const point identity = {zero, unit, zero};
    bucket buckets[PHASH_P256_WEIGHT_MAX + 1];
    uint64_t lane[PHASH_P256_LANES] = {0, 1, 2, 3, 4, 5, 6, 7};
    const vec own = v_load(lane);
    point running = identity, total = identity, b;

    for (int i = 0; i <= PHASH_P256_WEIGHT_MAX; i++)
        write_buckets(buckets + i, own, &identity);
    fill_buckets(buckets, points, weights, n);
    for (int i = PHASH_P256_WEIGHT_MAX; i > 0; i--) { /* 1 bucket[1] + 2 bucket[2] + ..., by running sums */
        read_buckets(&b, (const bucket *)buckets + i, own);
        point_add(&running, &running, &b);
        point_add(&total, &total, &running);
    }
    fe_store(&out->x, &total.x);
    fe_store(&out->y, &total.y);
    fe_store(&out->z, &total.z);
}
