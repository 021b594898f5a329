/* SPDX-License-Identifier: Apache-2.0 */
/* The field of P-256, one number to a lane; included once by p256.c and by each instruction set's p256_<isa>.c, which
 * define TARGET, the type vec of eight 64-bit lanes, and its v_ functions. Nothing branches or indexes on a lane.
 *
 * A number is five limbs of 52 bits in Montgomery form with R = 2^260. Between operations it is below 2.001 p and its
 * limbs are below 2^52 (the topmost below 2^50): sums of a few such numbers, taken limb by limb with signs, go through
 * fold(), which makes them so again; products of any two come out below 1.26 p. */
#ifndef TARGET
#error "included by p256.c and p256_<isa>.c only"
#endif

#define LIMB_BITS 52
#define LIMB_MASK ((UINT64_C(1) << LIMB_BITS) - 1)

typedef struct fe {
    vec limb[5];
} fe;

typedef struct constant {
    uint64_t limb[5];
} constant;

/* p = 2^256 - 2^224 + 2^192 + 2^96 - 1 */
static const constant prime = {{0xfffffffffffff, 0xfffffffffff, 0, 0x1000000000, 0xffffffff0000}};
/* 2^264, 2^256 mod p: from Montgomery form with R = 2^256 and back */
static const constant into_lanes = {{0x100, 0, 0xfffffffffffff, 0xfefffffffffff, 0xffffff}};
static const constant out_of_lanes = {{0x1, 0xff00000000000, 0xfffffffffffff, 0xfffefffffffff, 0xffff}};
static const constant plain_one = {{1, 0, 0, 0, 0}};
static const constant one = {{0x10, 0xf000000000000, 0xfffffffffffff, 0xffeffffffffff, 0xfffff}};
static const constant curve_b = {{0xdf6229c4bddfd, 0xca8843090d89c, 0x212ed6acf005c, 0x83415a220abf7, 0xc30061dd4874}};
/* Z = -10 of the map (RFC 9380, section 8.2), and sqrt(-Z) */
static const constant swu_z = {{0xfffffffffff5f, 0xa0fffffffffff, 0, 0xa1000000000, 0xffffff5f0000}};
static const constant sqrt_minus_z = {{0x38ee98a195fd9, 0x6b23dcf70a1fd, 0xa8dfee78400ad, 0x303d913c88f9e,
                                       0x51d26ea2a8f}};

static inline TARGET fe fe_constant(const constant *c)
{
    fe out;

    for (int i = 0; i < 5; i++)
        out.limb[i] = v_set1(c->limb[i]);
    return out;
}

/* Bring signed limbs of less than 2^60 into range: v - q p + p with q = floor(v / 2^256), where
 * 2^256 - p = 2^224 - 2^192 - 2^96 + 1. q may be one off, as lower limbs have yet to be carried; the result is in
 * (0.999 p, 2.001 p) or, carries being small, differs from that by less than 2^233. */
static inline TARGET void fold(fe *out, const fe *a)
{
    const vec mask = v_set1(LIMB_MASK);
    vec l[5];
    vec q = v_sar(a->limb[4], 48);

    l[0] = v_add(a->limb[0], v_add(q, v_set1(prime.limb[0])));
    l[1] = v_sub(v_add(a->limb[1], v_set1(prime.limb[1])), v_shl(q, 44));
    l[2] = a->limb[2];
    l[3] = v_sub(v_add(a->limb[3], v_set1(prime.limb[3])), v_shl(q, 36));
    l[4] = v_add(v_sub(a->limb[4], v_shl(q, 48)), v_add(v_shl(q, 16), v_set1(prime.limb[4])));
    for (int i = 0; i < 4; i++) {
        l[i + 1] = v_add(l[i + 1], v_sar(l[i], LIMB_BITS));
        out->limb[i] = v_and(l[i], mask);
    }
    out->limb[4] = l[4];
}

/* out = a + b, a - b without bringing it into range */
static inline TARGET void add_limbs(fe *out, const fe *a, const fe *b)
{
    for (int i = 0; i < 5; i++)
        out->limb[i] = v_add(a->limb[i], b->limb[i]);
}

static inline TARGET void sub_limbs(fe *out, const fe *a, const fe *b)
{
    for (int i = 0; i < 5; i++)
        out->limb[i] = v_sub(a->limb[i], b->limb[i]);
}

/* out = 2^times a, likewise */
static inline TARGET void double_limbs(fe *out, const fe *a, int times)
{
    add_limbs(out, a, a);
    for (int i = 1; i < times; i++)
        add_limbs(out, out, out);
}

static inline TARGET void fe_add(fe *out, const fe *a, const fe *b)
{
    fe t;

    add_limbs(&t, a, b);
    fold(out, &t);
}

static inline TARGET void fe_sub(fe *out, const fe *a, const fe *b)
{
    fe t;

    sub_limbs(&t, a, b);
    fold(out, &t);
}

/* out = 3 a, from limbs not yet in range */
static inline TARGET void fold_triple(fe *out, const fe *a)
{
    fe t;

    double_limbs(&t, a, 1);
    add_limbs(&t, &t, a);
    fold(out, &t);
}

/* out = c / 2^260 mod p, c being ten limbs of less than 2^57. As p = -1 mod 2^52, the multiplier of each step is the
 * lowest limb m itself; m (p + 1) - m clears it, and p + 1 = 2^96 + 2^192 + (2^256 - 2^224). */
static inline TARGET void reduce(fe *out, vec c[10])
{
    const vec mask = v_set1(LIMB_MASK);
    const vec p1 = v_set1(UINT64_C(1) << 44);
    const vec p3 = v_set1(UINT64_C(1) << 36);
    const vec p4 = v_set1(prime.limb[4]);

    for (int i = 0; i < 5; i++) {
        vec m = v_and(c[i], mask);
        c[i + 1] = v_add(c[i + 1], v_shr(c[i], LIMB_BITS));
        c[i + 1] = v_mul_low(c[i + 1], m, p1);
        c[i + 2] = v_mul_high(c[i + 2], m, p1);
        c[i + 3] = v_mul_low(c[i + 3], m, p3);
        c[i + 4] = v_mul_high(c[i + 4], m, p3);
        c[i + 4] = v_mul_low(c[i + 4], m, p4);
        c[i + 5] = v_mul_high(c[i + 5], m, p4);
    }
    for (int i = 5; i < 9; i++) {
        c[i + 1] = v_add(c[i + 1], v_shr(c[i], LIMB_BITS));
        out->limb[i - 5] = v_and(c[i], mask);
    }
    out->limb[4] = c[9];
}

static TARGET void fe_mul(fe *out, const fe *a, const fe *b)
{
    vec c[10];

    for (int i = 0; i < 10; i++)
        c[i] = v_set1(0);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++) {
            c[i + j] = v_mul_low(c[i + j], a->limb[i], b->limb[j]);
            c[i + j + 1] = v_mul_high(c[i + j + 1], a->limb[i], b->limb[j]);
        }
    reduce(out, c);
}

static TARGET void fe_sqr(fe *out, const fe *a)
{
    vec c[10];

    for (int i = 0; i < 10; i++)
        c[i] = v_set1(0);
    for (int i = 0; i < 5; i++)
        for (int j = i + 1; j < 5; j++) {
            c[i + j] = v_mul_low(c[i + j], a->limb[i], a->limb[j]);
            c[i + j + 1] = v_mul_high(c[i + j + 1], a->limb[i], a->limb[j]);
        }
    for (int i = 1; i < 9; i++)
        c[i] = v_add(c[i], c[i]);
    for (int i = 0; i < 5; i++) {
        c[2 * i] = v_mul_low(c[2 * i], a->limb[i], a->limb[i]);
        c[2 * i + 1] = v_mul_high(c[2 * i + 1], a->limb[i], a->limb[i]);
    }
    reduce(out, c);
}

/* out = a^(2^n) * b; n is public. */
static TARGET void square_times(fe *out, const fe *a, int n, const fe *b)
{
    fe x = *a;

    for (int i = 0; i < n; i++)
        fe_sqr(&x, &x);
    fe_mul(out, &x, b);
}

/* out = a^((p - 3) / 4); the exponent is, from the top: 32 ones, 31 zeros, a one, 96 zeros, 94 ones. */
static TARGET void fe_pow_p3d4(fe *out, const fe *a)
{
    const fe x1 = *a;
    fe x2, x4, x6, x12, x24, x30, x32, acc;

    square_times(&x2, &x1, 1, &x1);
    square_times(&x4, &x2, 2, &x2);
    square_times(&x6, &x4, 2, &x2);
    square_times(&x12, &x6, 6, &x6);
    square_times(&x24, &x12, 12, &x12);
    square_times(&x30, &x24, 6, &x6);
    square_times(&x32, &x30, 2, &x2);
    square_times(&acc, &x32, 32, &x1);
    square_times(&acc, &acc, 128, &x32);
    square_times(&acc, &acc, 32, &x32);
    square_times(out, &acc, 30, &x30);
}

/* out = 1 / a, 0 for a = 0, by Fermat's little theorem: p - 2 = 4 (p - 3) / 4 + 1 */
static TARGET void fe_inv(fe *out, const fe *a)
{
    fe power;

    fe_pow_p3d4(&power, a);
    square_times(out, &power, 2, a);
}

/* mask all ones: out = a; zero: out = b */
static inline TARGET void fe_select(fe *out, vec mask, const fe *a, const fe *b)
{
    for (int i = 0; i < 5; i++)
        out->limb[i] = v_select(mask, a->limb[i], b->limb[i]);
}

/* out = the one number below p that a, a product with a constant below 2^257, is modulo p. Such a product is below
 * 1.13 p. */
static TARGET void canonical(fe *out, const fe *a)
{
    const vec mask = v_set1(LIMB_MASK);
    vec borrow = v_set1(0);
    fe less;

    for (int i = 0; i < 5; i++) {
        vec d = v_add(v_sub(a->limb[i], v_set1(prime.limb[i])), borrow);
        borrow = v_sar(d, LIMB_BITS);
        less.limb[i] = v_and(d, mask);
    }
    fe_select(out, borrow, a, &less); /* all ones: below p already */
}

/* All ones in the lanes where a = b modulo p */
static TARGET vec fe_equal(const fe *a, const fe *b)
{
    const fe unit = fe_constant(&one);
    fe d;

    fe_sub(&d, a, b);
    fe_mul(&d, &d, &unit);
    canonical(&d, &d);
    return v_is_zero(v_or(v_or(v_or(d.limb[0], d.limb[1]), v_or(d.limb[2], d.limb[3])), d.limb[4]));
}

/* All ones where the value is odd (sgn0 of RFC 9380, section 4.1) */
static TARGET vec fe_odd(const fe *a)
{
    const fe unit = fe_constant(&plain_one);
    fe plain;

    fe_mul(&plain, a, &unit);
    canonical(&plain, &plain);
    return v_sub(v_set1(0), v_and(plain.limb[0], v_set1(1)));
}

static inline TARGET void split_limbs(fe *out, const vec l[4])
{
    const vec mask = v_set1(LIMB_MASK);

    out->limb[0] = v_and(l[0], mask);
    out->limb[1] = v_and(v_or(v_shr(l[0], 52), v_shl(l[1], 12)), mask);
    out->limb[2] = v_and(v_or(v_shr(l[1], 40), v_shl(l[2], 24)), mask);
    out->limb[3] = v_and(v_or(v_shr(l[2], 28), v_shl(l[3], 36)), mask);
    out->limb[4] = v_shr(l[3], 16);
}

static TARGET void fe_load(fe *out, const phash_p256_numbers *in)
{
    const fe factor = fe_constant(&into_lanes);
    vec l[4];

    for (int i = 0; i < 4; i++)
        l[i] = v_load(in->limb[i]);
    split_limbs(out, l);
    fe_mul(out, out, &factor);
}

static TARGET void fe_store(phash_p256_numbers *out, const fe *in)
{
    const fe factor = fe_constant(&out_of_lanes);
    fe a;

    fe_mul(&a, in, &factor);
    canonical(&a, &a);
    v_store(out->limb[0], v_or(a.limb[0], v_shl(a.limb[1], 52)));
    v_store(out->limb[1], v_or(v_shr(a.limb[1], 12), v_shl(a.limb[2], 40)));
    v_store(out->limb[2], v_or(v_shr(a.limb[2], 24), v_shl(a.limb[3], 28)));
    v_store(out->limb[3], v_or(v_shr(a.limb[3], 36), v_shl(a.limb[4], 16)));
}
