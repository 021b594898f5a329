/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/explain_limits.h"

#include <phash/set.h>

#include <string.h>

#define HASH_BITS 256u
#define BANDS_MIN 6u
#define BANDS_MAX 8u
#define DAY 86400.0
#define WORDS 48

/* How well one credential guesses at a set of so many bands. */
typedef struct guessing {
    uint32_t bands;
    uint32_t bits;    /* of the narrowest band, which a guesser takes */
    double values;    /* that it can have */
    double chance;    /* that one guess opens an entry */
    double a_day;     /* entries opened by guesses of a day */
    double first;     /* seconds until one is, on average */
    double all;       /* seconds for all values, and so all entries */
} guessing;

static guessing guess(uint32_t bands, double entries, double a_second)
{
    guessing g = {.bands = bands, .bits = HASH_BITS / bands};

    g.values = (double)(UINT64_C(1) << g.bits);
    g.chance = entries < g.values ? entries / g.values : 1;
    g.a_day = a_second * DAY * g.chance < entries ? a_second * DAY * g.chance : entries;
    g.first = 1 / (a_second * g.chance);
    g.all = g.values / a_second;
    return g;
}

/* 1234567 as 1,234,567; few digits of what is small. Returns out. */
static const char *number(char out[WORDS], double value)
{
    char plain[WORDS];

    if (value < 100 || value >= 1e15) {
        snprintf(out, WORDS, value >= 1e15 ? "%.1e" : "%.2g", value);
        return out;
    }
    const int size = snprintf(plain, sizeof plain, "%.0f", value);
    int n = 0;
    for (int i = 0; i < size; i++) {
        if (i != 0 && (size - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = plain[i];
    }
    out[n] = '\0';
    return out;
}

/* A duration in the unit that suits it. */
static const char *duration(char out[WORDS], double seconds)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{365.25 * DAY, "years"}, {DAY, "days"}, {3600, "hours"}, {60, "minutes"}, {1, "seconds"}};
    size_t u = 0;

    while (u + 1 < sizeof units / sizeof *units && seconds < 2 * units[u].seconds)
        u++;
    number(out, seconds / units[u].seconds);
    const size_t n = strlen(out);
    /* one second, but two seconds and 1.5 seconds */
    snprintf(out + n, WORDS - n, " %.*s", (int)strlen(units[u].name) - (strcmp(out, "1") == 0), units[u].name);
    return out;
}

static void print_limit(FILE *out, const meter_limits *l, double a_second)
{
    char a[WORDS], b[WORDS], c[WORDS];

    fprintf(out, "Limit of each credential: %s element%s in %s, at most %s at once.\n",
            number(a, (double)l->refill), l->refill == 1 ? "" : "s", duration(b, (double)l->period),
            number(c, (double)l->burst));
    fprintf(out, "That is %s elements a day, or %s pictures of %u elements.\n\n", number(a, a_second * DAY),
            number(b, a_second * DAY / PHASH_BUDGET_DEFAULT), PHASH_BUDGET_DEFAULT);
}

static void print_evaluator(FILE *out)
{
    fputs("What the evaluator learns: which credential asked, when, and about how many elements. Not which\n"
          "pictures, not whether any matched: requests of both kinds are distributed alike.\n\n"
          "What a device learns: the verdicts of its own pictures, with distance and label of what matched.\n\n",
          out);
}

static void print_guessing(FILE *out, double entries, double a_second)
{
    char a[WORDS], b[WORDS], c[WORDS];

    fprintf(out,
            "What a hostile device can do with one credential: guess. A guess at one band opens an entry\n"
            "with probability entries / 2^bits. For %s entries, and guesses without knowledge:\n\n",
            number(a, entries));
    fprintf(out, "  %-5s  %-12s  %-22s  %-18s  %s\n", "bands", "bits of one", "entries opened a day", "the first after",
            "all of them after");
    for (uint32_t bands = BANDS_MIN; bands <= BANDS_MAX; bands++) {
        const guessing g = guess(bands, entries, a_second);
        fprintf(out, "  %-5u  %-12u  %-22s  %-18s  %s\n", (unsigned)g.bands, (unsigned)g.bits, number(a, g.a_day),
                duration(b, g.first), duration(c, g.all));
    }
    fputs("\nGuesses at natural pictures do somewhat better. An entry that is opened tells its hash and label,\n"
          "not the picture. With several credentials it goes as many times faster: give each of them to\n"
          "somebody you know.\n\n",
          out);
}

static void print_testing(FILE *out, double a_second, uint64_t burst)
{
    char a[WORDS], b[WORDS], c[WORDS];

    fprintf(out,
            "Pictures at hand can be tested for being listed: %s a day as any device does it,\n"
            "%s a day with one element each, which finds near-exact copies. No limit prevents that: it is\n"
            "what a device is for. Nor does it prevent trying which edits of a listed picture are no longer\n"
            "found; %s tries are possible at once.\n\n",
            number(a, a_second * DAY / PHASH_BUDGET_DEFAULT), number(b, a_second * DAY),
            number(c, (double)(burst / PHASH_BUDGET_DEFAULT)));
}

/* An honest device's tokens open a stranger's entry too. */
static void print_accidents(FILE *out, double entries)
{
    char a[WORDS];

    fprintf(out, "An honest device opens an entry that is not its picture's now and then, rejects it by its\n"
                 "distance and wipes it. With %u elements a picture, if pictures were random:\n\n",
            PHASH_BUDGET_DEFAULT);
    for (uint32_t bands = BANDS_MIN; bands <= BANDS_MAX; bands++) {
        const double opened = guess(bands, entries, 1).chance * PHASH_BUDGET_DEFAULT;
        if (opened >= 1)
            fprintf(out, "  %-5u  %s entries at each picture\n", (unsigned)bands, number(a, opened));
        else
            fprintf(out, "  %-5u  one at 1 picture in %s\n", (unsigned)bands, number(a, 1 / opened));
    }
}

void explain_limits(FILE *out, const meter_limits *limits, uint64_t entries)
{
    if (limits->refill == 0) {
        print_evaluator(out);
        fputs("There is no limit: whoever has a credential can guess as fast as this service evaluates, and\n"
              "so can all of them together. Set one, or meter in front of the service.\n",
              out);
        return;
    }
    const double a_second = (double)limits->refill / (double)(limits->period != 0 ? limits->period : 1);
    print_limit(out, limits, a_second);
    print_evaluator(out);
    if (entries == 0) {
        fputs("A list without entries has nothing to guess.\n", out);
        return;
    }
    print_guessing(out, (double)entries, a_second);
    print_testing(out, a_second, limits->burst);
    print_accidents(out, (double)entries);
}
