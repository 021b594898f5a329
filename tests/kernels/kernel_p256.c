/* SPDX-License-Identifier: Apache-2.0 */
/* Eight lanes of P-256: the plain kernels against the field and points of oprf/, the others against the plain ones. */
#include "kernels/kernel_harness.h"
#include "oprf/hash_to_curve.h"
#include "simd/p256.h"

#include <stdio.h>
#include <string.h>

enum { LANES = PHASH_P256_LANES, POINTS_MAX = 40 };

typedef struct inputs {
    phash_fe u[LANES][2];
    phash_affine mapped[LANES]; /* by oprf/ */
    uint8_t scalars[LANES][32];
    phash_p256_numbers lanes_u[2], lanes_x, factors;
    phash_p256_points lanes_points;
    uint64_t points[POINTS_MAX][8];
    int8_t weights[POINTS_MAX][LANES];
    size_t n;
} inputs;

typedef struct outputs {
    phash_p256_points mapped, products;
    phash_p256_numbers y;
    uint64_t found[LANES];
    phash_p256_sums sums;
} outputs;

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

static void draw_number(kernel_run *run, phash_fe *out)
{
    uint8_t bytes[48];

    kernel_fill(run, bytes, sizeof bytes);
    phash_fe_from_48_bytes(out, bytes);
    if (test_rng_below(&run->rng, 8) == 0) /* near p */
        phash_fe_neg(out, &phash_fe_one);
}

/* Below the order: at random, small, near the order, or near a multiple of 32, the step of the digits. */
static void draw_scalar(kernel_run *run, uint8_t out[32])
{
    uint8_t bytes[48];
    phash_scalar s, small;
    const phash_scalar zero = {{0}};

    kernel_fill(run, bytes, sizeof bytes);
    phash_scalar_from_48_bytes(&s, bytes);
    memset(bytes, 0, 31);
    bytes[31] = (uint8_t)test_rng_below(&run->rng, 70);
    (void)phash_scalar_from_bytes(&small, bytes);
    switch (test_rng_below(&run->rng, 5)) {
    case 0: s = small; break;
    case 1: phash_scalar_sub(&s, &zero, &small); break;
    case 2:
        phash_scalar_to_bytes(bytes, &s);
        bytes[31] &= 0xe0;
        (void)phash_scalar_from_bytes(&s, bytes);
        phash_scalar_sub(&s, &s, &small);
        break;
    default: break;
    }
    phash_scalar_to_bytes(out, &s);
}

static phash_affine map_one(const phash_fe u[2])
{
    phash_point p, q;
    phash_affine a;

    phash_map_to_curve(&p, &u[0]);
    phash_map_to_curve(&q, &u[1]);
    phash_point_add(&p, &p, &q);
    phash_points_to_affine(&a, &p, 1);
    return a;
}

/* Points for the sums: those of the lanes, some twice, some negated. */
static void draw_points(kernel_run *run, inputs *in)
{
    in->n = test_rng_below(&run->rng, POINTS_MAX + 1);
    for (size_t i = 0; i < in->n; i++) {
        phash_affine p = in->mapped[test_rng_below(&run->rng, LANES)];
        if (test_rng_below(&run->rng, 3) == 0)
            phash_fe_neg(&p.y, &p.y);
        memcpy(in->points[i], p.x.limb, 32);
        memcpy(in->points[i] + 4, p.y.limb, 32);
        const uint32_t kind = test_rng_below(&run->rng, 4);
        for (size_t lane = 0; lane < LANES; lane++) {
            int weight = (int)test_rng_below(&run->rng, 2 * PHASH_P256_WEIGHT_MAX + 1) - PHASH_P256_WEIGHT_MAX;
            in->weights[i][lane] = (int8_t)(kind == 0 ? 7 : weight);
        }
    }
}

static void draw(kernel_run *run, inputs *in)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        uint64_t limb[4] = {0};
        do { /* u and -u map to opposite points: no input for multiplication */
            draw_number(run, &in->u[lane][0]);
            draw_number(run, &in->u[lane][1]);
            in->mapped[lane] = map_one(in->u[lane]);
        } while (phash_affine_is_identity(&in->mapped[lane]) != 0);
        put(&in->lanes_u[0], lane, in->u[lane][0].limb);
        put(&in->lanes_u[1], lane, in->u[lane][1].limb);
        put(&in->lanes_points.x, lane, in->mapped[lane].x.limb);
        put(&in->lanes_points.y, lane, in->mapped[lane].y.limb);
        put(&in->lanes_x, lane, lane % 2 == 0 ? in->mapped[lane].x.limb : in->u[lane][0].limb);
        draw_scalar(run, in->scalars[lane]);
        for (int i = 0; i < 32; i++)
            limb[3 - i / 8] = (limb[3 - i / 8] << 8) | in->scalars[lane][i];
        put(&in->factors, lane, limb);
    }
    draw_points(run, in);
}

/* Inputs and outputs end at an unmapped page each. */
static void call_all(const phash_p256_kernels *k, const inputs *in, outputs *out)
{
    k->map(&out->mapped, &in->lanes_u[0], &in->lanes_u[1]);
    k->mul(&out->products, &in->lanes_points, &in->factors);
    k->lift(&out->y, out->found, &in->lanes_x);
    k->sums(&out->sums, in->points, in->weights, in->n);
}

static void expect(kernel_run *run, bool good, const char *what, size_t lane)
{
    run->checks++;
    if (good)
        return;
    printf("FAIL p256_c %s, lane %zu, seed %llu\n", what, lane, (unsigned long long)run->seed);
    run->failed = true;
}

static bool same_point(const phash_p256_points *lanes, size_t lane, const phash_affine *expected)
{
    phash_affine a;

    get(a.x.limb, &lanes->x, lane);
    get(a.y.limb, &lanes->y, lane);
    return memcmp(&a, expected, sizeof a) == 0;
}

static phash_affine sum_one(const inputs *in, size_t lane)
{
    phash_point sums[1] = {phash_point_identity};
    phash_affine a;

    for (size_t i = 0; i < in->n; i++) {
        phash_affine p;
        memcpy(p.x.limb, in->points[i], 32);
        memcpy(p.y.limb, in->points[i] + 4, 32);
        int weight = in->weights[i][lane];
        if (weight < 0)
            phash_fe_neg(&p.y, &p.y);
        phash_point once = phash_point_from_affine(&p);
        for (int times = weight < 0 ? -weight : weight; times > 0; times--)
            phash_point_add(&sums[0], &sums[0], &once);
    }
    phash_points_to_affine(&a, sums, 1);
    return a;
}

static void check_truth(kernel_run *run, const inputs *in, const outputs *out)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        phash_point p;
        phash_affine a;
        expect(run, same_point(&out->mapped, lane, &in->mapped[lane]), "map", lane);
        phash_multi_scalar_var(&p, &in->mapped[lane], (const uint8_t(*)[32])&in->scalars[lane], 1);
        phash_points_to_affine(&a, &p, 1);
        expect(run, same_point(&out->products, lane, &a), "mul", lane);

        uint8_t bytes[33] = {2};
        phash_fe x, y;
        get(x.limb, &in->lanes_x, lane);
        get(y.limb, &out->y, lane);
        phash_fe_to_bytes(bytes + 1, &x);
        const bool on_curve = phash_affine_decode(&a, bytes, sizeof bytes);
        expect(run, out->found[lane] == (on_curve ? UINT64_MAX : 0), "lift", lane);
        if (phash_fe_sgn0(&y) != 0)
            phash_fe_neg(&y, &y);
        expect(run, !on_curve || phash_fe_equal(&y, &a.y) != 0, "root", lane);

        const phash_affine sum = sum_one(in, lane);
        get(p.x.limb, &out->sums.x, lane);
        get(p.y.limb, &out->sums.y, lane);
        get(p.z.limb, &out->sums.z, lane);
        phash_points_to_affine(&a, &p, 1);
        expect(run, memcmp(&a, &sum, sizeof a) == 0, "sums", lane);
    }
}

static void check(kernel_run *run, const phash_p256_kernels *truth, const phash_p256_kernels *tested)
{
    guard_buffer in = guard_new(sizeof(inputs));
    kernel_output a = kernel_output_new(1, sizeof(outputs), sizeof(outputs), 0xa5);
    kernel_output b = kernel_output_new(1, sizeof(outputs), sizeof(outputs), 0x3c);
    char shape[64];

    draw(run, (inputs *)(void *)in.data);
    snprintf(shape, sizeof shape, "%zu points", ((inputs *)(void *)in.data)->n);
    call_all(truth, (const inputs *)(void *)in.data, (outputs *)(void *)a.buffer.data);
    check_truth(run, (const inputs *)(void *)in.data, (const outputs *)(void *)a.buffer.data);
    if (tested->mul != truth->mul) {
        call_all(tested, (const inputs *)(void *)in.data, (outputs *)(void *)b.buffer.data);
        kernel_compare(run, &a, &b, shape);
    }
    kernel_output_free(&a);
    kernel_output_free(&b);
    guard_free(&in);
}

typedef struct bench {
    const phash_p256_kernels *kernels;
    inputs in;
    outputs out;
} bench;

static void call_mul(void *context)
{
    bench *b = context;

    b->kernels->mul(&b->out.products, &b->in.lanes_points, &b->in.factors);
}

static void call_map(void *context)
{
    bench *b = context;

    b->kernels->map(&b->out.mapped, &b->in.lanes_u[0], &b->in.lanes_u[1]);
}

static void call_lift(void *context)
{
    bench *b = context;

    b->kernels->lift(&b->out.y, b->out.found, &b->in.lanes_x);
}

static void time_all(kernel_run *run, const phash_p256_kernels *k, double ns_c[3])
{
    static const char *const names[3] = {"p256_mul", "p256_map", "p256_lift"};
    void (*const calls[3])(void *context) = {call_mul, call_map, call_lift};
    static bench b;

    b.kernels = k;
    draw(run, &b.in);
    for (int i = 0; i < 3; i++) {
        const double ns = kernel_time(calls[i], &b) / LANES;
        ns_c[i] = k->fast ? ns_c[i] : ns;
        kernel_report(names[i], k->isa, ns, ns_c[i]);
    }
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "p256");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_p256_kernels truth, before = {NULL, NULL, NULL, NULL, false, NULL};
    double ns_c[3] = {0};

    phash_p256_kernels_init(&truth, 0);
    for (size_t i = 0; i < n; i++) {
        phash_p256_kernels k;
        phash_p256_kernels_init(&k, levels[i].flags);
        run.isa = levels[i].isa;
        run.kernel = "p256";
        if (k.mul == before.mul)
            continue;
        for (int round = 0; round < 20; round++)
            check(&run, &truth, &k);
        if (run.bench && !run.failed)
            time_all(&run, &k, ns_c);
        before = k;
    }
    return kernel_finish(&run);
}
