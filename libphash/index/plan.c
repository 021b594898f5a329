/* SPDX-License-Identifier: Apache-2.0 */
#include "index/plan.h"

#include "index/segment.h"

#include <float.h>
#include <string.h>

/* The cost model: nanoseconds on the reference machine (docs/index.md, "Choosing a plan"). Only ratios matter: they
 * decide between exact plans, never what is found. */
#define CANDIDATE_NS 8.0 /* its distance, beside fetching it */
#define PROBE_NS 4.0     /* finding the ids of a value, beside fetching its block and them */
#define QUERY_NS 600.0   /* waiting for the first fetches and the last */
#define SCAN_ALWAYS 1024 /* hashes: fewer are not worth tables */

#define BITS PHASH_HASH_BITS
#define UNITS_MAX (PHASH_RADIUS_MAX + 1)
#define WIDTHS (PHASH_PLAN_WIDTH_MAX - PHASH_PLAN_WIDTH_MIN + 1)
#define ITEMS (WIDTHS * (PHASH_PLAN_FLIPS_MAX + 1))

/* Of a fetch at a random place in so many bytes, with many under way at a time: what lies in the second-level cache,
 * the third, and memory. */
static double fetch_ns(double bytes)
{
    static const struct {
        double bytes;
        double ns;
    } steps[] = {{1e6, 0.5}, {4e6, 1.5}, {3e7, 5}, {1.3e8, 9}, {2.6e8, 10.5}, {1e9, 13}, {1e10, 20}};
    const size_t n = sizeof steps / sizeof *steps;

    if (bytes <= steps[0].bytes)
        return steps[0].ns;
    for (size_t i = 1; i < n; i++)
        if (bytes <= steps[i].bytes) {
            double along = (bytes - steps[i - 1].bytes) / (steps[i].bytes - steps[i - 1].bytes);
            return steps[i - 1].ns + along * (steps[i].ns - steps[i - 1].ns);
        }
    return steps[n - 1].ns;
}

static double combinations(uint32_t n, uint32_t k)
{
    double c = 1;

    for (uint32_t i = 0; i < k; i++)
        c = c * (n - i) / (i + 1);
    return c;
}

static double buckets_of(uint32_t width)
{
    return (double)((uint64_t)1 << width);
}

/* Looking up all values of a band with just so many bits flipped. Of the flips, those of the lowest bits stay in the
 * same block. All tables together compete for the caches; there are about ten. */
static double level_ns(uint32_t width, uint32_t flips, double n)
{
    const uint32_t shape = phash_block_shape((uint64_t)n, width);
    const double load = n / buckets_of(width);
    const double filled = load / (1 + load); /* near enough to 1 - exp(-load) */
    const double probe = PROBE_NS + filled * fetch_ns(40 * n) + load * (CANDIDATE_NS + fetch_ns(32 * n));
    const double block = fetch_ns(10 * PHASH_BLOCK_SIZE * buckets_of(width - shape));

    return combinations(width, flips) * probe + combinations(width - shape, flips) * block;
}

/* Of n hashes, by their first bytes and as a whole. */
static double prefix_scan_ns(double n, double speed)
{
    return n * (speed + (12 * n <= 2e6 ? 0.0 : 0.3));
}

static double scan_ns(double n)
{
    return n * (32 * n <= 2e6 ? 0.8 : 1.5);
}

uint64_t phash_plan_candidate_limit(uint64_t n)
{
    return 64 + (uint64_t)(scan_ns((double)n) / (CANDIDATE_NS + fetch_ns(32.0 * (double)n)));
}

static uint64_t table_bytes(uint32_t width, uint64_t n)
{
    const uint32_t shape = phash_block_shape(n, width);

    return (((uint64_t)1 << (width - shape)) + 1) * PHASH_BLOCK_SIZE + n * sizeof(uint32_t);
}

uint64_t phash_plan_bytes(const phash_plan *plan, uint64_t n)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < plan->n_bands; i++)
        total += table_bytes(plan->widths[i], n);
    return total;
}

bool phash_plan_is_valid(const phash_plan *plan)
{
    uint32_t bits = 0;

    if (plan->n_bands > PHASH_PLAN_BANDS_MAX)
        return false;
    for (uint32_t i = 0; i < plan->n_bands; i++) {
        if (plan->widths[i] < PHASH_PLAN_WIDTH_MIN || plan->widths[i] > PHASH_PLAN_WIDTH_MAX)
            return false;
        bits += plan->widths[i];
    }
    return bits <= BITS;
}

/* An item of the knapsack below: a band of some width, asked with up to so many flips. */
typedef struct item {
    double ns;
    double bytes;
    double weight; /* ns + price x bytes */
    uint32_t width;
    uint32_t units; /* flips + 1 */
} item;

typedef struct knapsack {
    item items[ITEMS];
    uint32_t n_items;
    uint32_t units;                        /* to be reached: radius + 1 */
    double best[BITS + 1][UNITS_MAX + 1];  /* least weight with so many bits and units */
    uint8_t last[BITS + 1][UNITS_MAX + 1]; /* the item added last */
    uint8_t from[BITS + 1][UNITS_MAX + 1]; /* and the units before it */
} knapsack;

/* Widths far from log2 n are never worth it: a bucket should hold between a few entries and a few hundredths. */
static void make_items(knapsack *k, double n)
{
    int middle = 0;

    while (middle < 40 && n >= (double)((uint64_t)2 << middle))
        middle++;
    k->n_items = 0;
    for (int width = PHASH_PLAN_WIDTH_MIN; width <= PHASH_PLAN_WIDTH_MAX; width++) {
        double ns = 0;
        if (width < middle - 7 || width > middle + 6)
            continue;
        for (uint32_t flips = 0; flips <= PHASH_PLAN_FLIPS_MAX; flips++) {
            item *it = &k->items[k->n_items++];
            ns += level_ns((uint32_t)width, flips, n);
            it->ns = ns;
            it->bytes = (double)table_bytes((uint32_t)width, (uint64_t)n);
            it->width = (uint32_t)width;
            it->units = flips + 1;
        }
    }
}

/* The bands of least weight that reach the units: an unbounded knapsack, bit by bit. Surplus units count as none. */
static void solve(knapsack *k, double price)
{
    for (uint32_t i = 0; i < k->n_items; i++)
        k->items[i].weight = k->items[i].ns + price * k->items[i].bytes;
    for (uint32_t b = 0; b <= BITS; b++)
        for (uint32_t u = 0; u <= k->units; u++)
            k->best[b][u] = DBL_MAX;
    k->best[0][0] = 0;
    for (uint32_t b = 0; b < BITS; b++)
        for (uint32_t i = 0; i < k->n_items; i++) {
            const item *it = &k->items[i];
            if (b + it->width > BITS)
                continue;
            for (uint32_t u = 0; u < k->units; u++) {
                const uint32_t to = u + it->units < k->units ? u + it->units : k->units;
                const double weight = k->best[b][u] + it->weight;
                if (k->best[b][u] < DBL_MAX && weight < k->best[b + it->width][to]) {
                    k->best[b + it->width][to] = weight;
                    k->last[b + it->width][to] = (uint8_t)i;
                    k->from[b + it->width][to] = (uint8_t)u;
                }
            }
        }
}

/* Walk back from b bits and u units through the items added last. Returns false when the bands are too many. */
static bool walk_back(const knapsack *k, phash_plan *plan, double *ns, uint32_t b, uint32_t u)
{
    plan->n_bands = 0;
    *ns = 0;
    while (b > 0) {
        const item *it = &k->items[k->last[b][u]];
        if (plan->n_bands == PHASH_PLAN_BANDS_MAX)
            return false;
        plan->widths[plan->n_bands++] = (uint8_t)it->width;
        *ns += it->ns;
        u = k->from[b][u];
        b -= it->width;
    }
    return true;
}

static void sort_widths(phash_plan *plan)
{
    for (uint32_t i = 1; i < plan->n_bands; i++)
        for (uint32_t j = i; j > 0 && plan->widths[j - 1] < plan->widths[j]; j--) {
            const uint8_t width = plan->widths[j];
            plan->widths[j] = plan->widths[j - 1];
            plan->widths[j - 1] = width;
        }
}

/* The best plan at a price of memory. Returns its expected cost; infinity without one. */
static double plan_at(knapsack *k, phash_plan *plan, double price)
{
    uint32_t bits = 0;
    double ns = DBL_MAX;

    solve(k, price);
    for (uint32_t b = 1; b <= BITS; b++)
        if (k->best[b][k->units] < k->best[bits][k->units])
            bits = b;
    if (bits == 0 || !walk_back(k, plan, &ns, bits, k->units)) {
        plan->n_bands = 0;
        return DBL_MAX;
    }
    return ns;
}

/* Raise the price of memory until the plan fits; then halve the gap a few times (Lagrange's multiplier). */
static double plan_within(knapsack *k, phash_plan *plan, uint64_t n, uint64_t max_bytes)
{
    double low = 0;
    double high = 0;
    phash_plan tried;
    double ns = plan_at(k, plan, 0);

    if (phash_plan_bytes(plan, n) <= max_bytes)
        return ns;
    for (high = 1e-7 * ns / (double)max_bytes; phash_plan_bytes(plan, n) > max_bytes && high < 1e9; high *= 8)
        ns = plan_at(k, plan, high);
    if (phash_plan_bytes(plan, n) > max_bytes) {
        plan->n_bands = 0;
        return DBL_MAX;
    }
    high /= 8;
    low = high / 8;
    for (int step = 0; step < 8; step++) {
        const double middle = (low + high) / 2;
        const double cost = plan_at(k, &tried, middle);
        if (tried.n_bands != 0 && phash_plan_bytes(&tried, n) <= max_bytes) {
            high = middle;
            *plan = tried;
            ns = cost;
        } else {
            low = middle;
        }
    }
    return ns;
}

phash_status phash_plan_choose(phash_plan *plan, uint64_t n, uint32_t radius, uint64_t max_bytes,
                               double prefix_ns, const phash_allocator *allocator)
{
    memset(plan, 0, sizeof *plan);
    if (n <= SCAN_ALWAYS || max_bytes == 0)
        return PHASH_OK;
    knapsack *k = phash_alloc(allocator, 1, sizeof *k);
    if (k == NULL)
        return PHASH_E_NO_MEMORY;
    k->units = radius + 1;
    make_items(k, (double)n);
    if (k->n_items == 0 || QUERY_NS + plan_within(k, plan, n, max_bytes) >= prefix_scan_ns((double)n, prefix_ns))
        memset(plan, 0, sizeof *plan);
    sort_widths(plan); /* the order does not matter, but it is easier to read */
    phash_release(allocator, k);
    return PHASH_OK;
}

/* One more flip in the band where it costs least. What the next flip costs grows with each, so taking the cheapest
 * each time is best for every radius (a separable convex sum). */
static uint32_t cheapest_band(const phash_plan *plan, const int8_t *flips, double n, double *ns)
{
    uint32_t best = plan->n_bands;

    *ns = DBL_MAX;
    for (uint32_t i = 0; i < plan->n_bands; i++) {
        const uint32_t next = (uint32_t)(flips[i] + 1);
        if (next > PHASH_PLAN_FLIPS_MAX)
            continue;
        const double cost = level_ns(plan->widths[i], next, n);
        if (cost < *ns) {
            *ns = cost;
            best = i;
        }
    }
    return best;
}

void phash_budgets_fill(phash_budgets *budgets, const phash_plan *plan, uint64_t n)
{
    int8_t flips[PHASH_PLAN_BANDS_MAX];
    double total = QUERY_NS;
    double ns;

    memset(flips, -1, sizeof flips);
    for (uint32_t radius = 0; radius <= PHASH_RADIUS_MAX; radius++) {
        const uint32_t band = cheapest_band(plan, flips, (double)n, &ns);
        if (band < plan->n_bands)
            flips[band]++;
        total += ns; /* infinite once no band has a flip left */
        memcpy(budgets->flips[radius], flips, sizeof flips);
        budgets->scan[radius] = total >= scan_ns((double)n); /* also when total is infinite */
        budgets->cost[radius] = (float)(budgets->scan[radius] ? scan_ns((double)n) : total);
    }
}
