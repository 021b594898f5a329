/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "evaluator/evaluator_options.h"

#include "cli/cli.h"
#include "evaluator/explain_limits.h"

#include <phash/private.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: phash-evaluator --key KEY [OPTION]...\n"
    "       phash-evaluator --explain-limits --entries N [--limit LIMIT] [--burst N]\n"
    "\n"
    "The service behind private matching: answers requests of devices under a key, over HTTP, and learns nothing\n"
    "about their pictures. TLS is the business of a proxy before it.\n"
    "\n"
    "What it serves:\n"
    "  --key KEY             the key; a second one, of a file that need not be there yet, is served as well: the\n"
    "                        previous key during a roll-over\n"
    "  --passphrase-file FILE  opens sealed keys; asked for on the terminal otherwise\n"
    "  --sets DIR            folder of blinded sets (*.phb) to give out\n"
    "  --max-set-age DAYS    not ready when a set was built longer ago\n"
    "  --listen WHERE        HOST:PORT, [ADDRESS]:PORT or unix:PATH; 127.0.0.1:8440 unless given. Port 0: a free one\n"
    "\n"
    "Who may ask, and how much:\n"
    "  --credentials FILE    lines 'NAME SHA256-OF-TOKEN': clients send the token (Authorization: Bearer TOKEN)\n"
    "  --credential-header NAME  take the credential's name from this header, which a trusted proxy sets\n"
    "  --anonymous           listen beyond this machine although there are no credentials\n"
    "  --limit LIMIT         elements that each credential may have evaluated: N/second, N/minute, N/hour, N/day or\n"
    "                        none; 512000/day unless given\n"
    "  --burst N             elements that it can save up; as many as in --limit unless given\n"
    "  --meter FILE          keep what is spent in this file, so that a restart does not forget it\n"
    "  --meter-flush SECONDS how often it is written (1)\n"
    "  --explain-limits      say what the limit means for a list, and exit\n"
    "  --entries N           entries of that list\n"
    "\n"
    "Limits:\n"
    "  --threads N           threads that evaluate; one for each processor unless given\n"
    "  --queue N             requests that may wait for one (64 for each thread); more are told to come back\n"
    "  --max-wait SECONDS    and how long (5)\n"
    "  --max-elements N      elements of one request (1024)\n"
    "  --max-connections N   connections at a time (1000)\n"
    "  --request-timeout SECONDS  for a request to arrive and for its answer to be taken (10)\n"
    "  --idle-timeout SECONDS  between two requests of a connection (60)\n"
    "  --drain-delay SECONDS after SIGTERM, time in which it is not ready but still takes connections (0)\n"
    "  --drain-timeout SECONDS  and then, time to finish what was begun (30)\n"
    "\n"
    "  --check               read keys, credentials and sets, say what is wrong, and exit\n"
    "  --help                this text\n"
    "  --version             version\n"
    "\n"
    "SIGHUP reads keys, credentials and sets again; SIGTERM and SIGINT finish what was begun and stop.\n"
    "Exit status: 0 stopped when told to, 2 trouble, 64 usage.\n";

enum {
    OPT_KEY = 0x400,
    OPT_PASSPHRASE,
    OPT_SETS,
    OPT_MAX_SET_AGE,
    OPT_LISTEN,
    OPT_CREDENTIALS,
    OPT_HEADER,
    OPT_ANONYMOUS,
    OPT_LIMIT,
    OPT_BURST,
    OPT_METER,
    OPT_METER_FLUSH,
    OPT_EXPLAIN,
    OPT_ENTRIES,
    OPT_THREADS,
    OPT_QUEUE,
    OPT_MAX_WAIT,
    OPT_MAX_ELEMENTS,
    OPT_MAX_CONNECTIONS,
    OPT_REQUEST_TIMEOUT,
    OPT_IDLE_TIMEOUT,
    OPT_DRAIN_DELAY,
    OPT_DRAIN_TIMEOUT,
    OPT_CHECK
};

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"sets", required_argument, NULL, OPT_SETS},
    {"max-set-age", required_argument, NULL, OPT_MAX_SET_AGE},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"credentials", required_argument, NULL, OPT_CREDENTIALS},
    {"credential-header", required_argument, NULL, OPT_HEADER},
    {"anonymous", no_argument, NULL, OPT_ANONYMOUS},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"burst", required_argument, NULL, OPT_BURST},
    {"meter", required_argument, NULL, OPT_METER},
    {"meter-flush", required_argument, NULL, OPT_METER_FLUSH},
    {"explain-limits", no_argument, NULL, OPT_EXPLAIN},
    {"entries", required_argument, NULL, OPT_ENTRIES},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"queue", required_argument, NULL, OPT_QUEUE},
    {"max-wait", required_argument, NULL, OPT_MAX_WAIT},
    {"max-elements", required_argument, NULL, OPT_MAX_ELEMENTS},
    {"max-connections", required_argument, NULL, OPT_MAX_CONNECTIONS},
    {"request-timeout", required_argument, NULL, OPT_REQUEST_TIMEOUT},
    {"idle-timeout", required_argument, NULL, OPT_IDLE_TIMEOUT},
    {"drain-delay", required_argument, NULL, OPT_DRAIN_DELAY},
    {"drain-timeout", required_argument, NULL, OPT_DRAIN_TIMEOUT},
    {"check", no_argument, NULL, OPT_CHECK},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

/* What the command line asks for beside serving. */
typedef struct command_line {
    service_options *o;
    bool explain;
    bool check;
    bool limit_given;
    uint64_t entries; /* 0: not given */
    uint64_t days;    /* --max-set-age */
} command_line;

static bool take_key(service_options *o, const char *path)
{
    if (o->files.key_count == SERVED_KEYS_MAX) {
        usage_error("--key is given more than twice: one key is current, and one may be previous");
        return false;
    }
    o->files.keys[o->files.key_count++] = path;
    return true;
}

/* N/PERIOD, or none. */
static bool take_limit(command_line *c, const char *value)
{
    static const struct {
        const char *word;
        uint64_t seconds;
    } periods[] = {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}};
    const char *slash = strchr(value, '/');
    char number[24];

    if (c->limit_given) {
        usage_error("--limit is given twice");
        return false;
    }
    c->limit_given = true;
    if (strcmp(value, "none") == 0) {
        c->o->limits.refill = 0;
        return true;
    }
    for (size_t i = 0; slash != NULL && i < sizeof periods / sizeof *periods; i++)
        if (strcmp(slash + 1, periods[i].word) == 0 && (size_t)(slash - value) < sizeof number) {
            memcpy(number, value, (size_t)(slash - value));
            number[slash - value] = '\0';
            c->o->limits.period = periods[i].seconds;
            return parse_number(&c->o->limits.refill, "--limit", number, 1, UINT64_C(1) << 40);
        }
    usage_error("--limit '%s': give N/second, N/minute, N/hour, N/day, or none", value);
    return false;
}

static bool take_number(command_line *c, int option, const char *value)
{
    service_options *o = c->o;
    const struct {
        int option;
        uint64_t *out;
        const char *name;
        uint64_t lowest;
        uint64_t highest;
    } numbers[] = {
        {OPT_BURST, &o->limits.burst, "--burst", 1, UINT64_C(1) << 40},
        {OPT_METER_FLUSH, &o->meter_flush, "--meter-flush", 1, 3600},
        {OPT_ENTRIES, &c->entries, "--entries", 1, UINT64_C(1) << 40},
        {OPT_MAX_SET_AGE, &c->days, "--max-set-age", 1, 36500},
        {OPT_THREADS, &o->threads, "--threads", 1, 1024},
        {OPT_QUEUE, &o->queue, "--queue", 1, 1000000},
        {OPT_MAX_WAIT, &o->max_wait, "--max-wait", 1, 3600},
        {OPT_MAX_ELEMENTS, &o->max_elements, "--max-elements", 1, PHASH_BUDGET_MAX},
        {OPT_MAX_CONNECTIONS, &o->max_connections, "--max-connections", 1, 1000000},
        {OPT_REQUEST_TIMEOUT, &o->request_timeout, "--request-timeout", 1, 3600},
        {OPT_IDLE_TIMEOUT, &o->idle_timeout, "--idle-timeout", 1, 86400},
        {OPT_DRAIN_DELAY, &o->drain_delay, "--drain-delay", 0, 3600},
        {OPT_DRAIN_TIMEOUT, &o->drain_timeout, "--drain-timeout", 0, 3600},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].option == option)
            return parse_number(numbers[i].out, numbers[i].name, value, numbers[i].lowest, numbers[i].highest);
    usage_error("unknown option or missing value");
    return false;
}

static bool take(command_line *c, int option, const char *value)
{
    service_options *o = c->o;

    switch (option) {
    case OPT_KEY: return take_key(o, value);
    case OPT_PASSPHRASE: return take_once(&o->files.passphrase_file, "--passphrase-file", value);
    case OPT_SETS: return take_once(&o->files.sets, "--sets", value);
    case OPT_LISTEN: return take_once(&o->listen, "--listen", value);
    case OPT_CREDENTIALS: return take_once(&o->files.credentials, "--credentials", value);
    case OPT_HEADER: return take_once(&o->credential_header, "--credential-header", value);
    case OPT_METER: return take_once(&o->meter_file, "--meter", value);
    case OPT_LIMIT: return take_limit(c, value);
    case OPT_ANONYMOUS: o->anonymous = true; return true;
    case OPT_EXPLAIN: c->explain = true; return true;
    case OPT_CHECK: c->check = true; return true;
    default: return take_number(c, option, value);
    }
}

static bool settle(command_line *c)
{
    service_options *o = c->o;

    if (o->limits.burst == 0)
        o->limits.burst = o->limits.refill;
    if (o->queue == 0)
        o->queue = 64 * o->threads;
    if (o->listen == NULL)
        o->listen = "127.0.0.1:8440";
    o->max_set_age = c->days * 86400;
    if (c->explain != (c->entries != 0))
        usage_error("--explain-limits and --entries N go together");
    else if (o->files.key_count == 0 && !c->explain)
        usage_error("it needs a key: --key KEY");
    else if (o->files.credentials != NULL && o->credential_header != NULL)
        usage_error("--credentials and --credential-header: a credential comes from one of them");
    else if (o->limits.refill != 0 && o->limits.burst < o->max_elements && !c->explain)
        usage_error("--burst %" PRIu64 " is less than the elements of one request (--max-elements %" PRIu64 ")",
                    o->limits.burst, o->max_elements);
    else if (o->meter_file != NULL && o->limits.refill == 0)
        usage_error("--meter keeps what is spent of a budget, and with --limit none there is none");
    else
        return true;
    return false;
}

static int check(const service_options *o)
{
    served *all = served_load(&o->files, true);

    if (all == NULL)
        return EXIT_TROUBLE;
    printf("keys %u, sets %zu: sound\n", all->key_count, all->sets != NULL ? all->sets->count : 0);
    served_drop(&all);
    return finish_stdout() ? EXIT_CLEAN : EXIT_TROUBLE;
}

static int explain(const command_line *c)
{
    explain_limits(stdout, &c->o->limits, c->entries);
    return finish_stdout() ? EXIT_CLEAN : EXIT_TROUBLE;
}

static int version(void)
{
    printf("phash-evaluator %s\nlibrary   libphash %s\n", PHASH_VERSION_STRING, phash_version());
    return finish_stdout() ? EXIT_CLEAN : EXIT_TROUBLE;
}

bool evaluator_options_read(service_options *o, int *status, int argc, char **argv)
{
    command_line c = {.o = o};
    int option;

    static secret asked;

    *o = (service_options){.files = {.asked = &asked, .may_ask = true},
                           .limits = {.refill = 512000, .period = 86400},
                           .meter_flush = 1,
                           .threads = default_jobs(),
                           .max_wait = 5,
                           .max_elements = PHASH_BUDGET_MAX,
                           .max_connections = 1000,
                           .request_timeout = 10,
                           .idle_timeout = 60,
                           .drain_timeout = 30};
    *status = EXIT_USAGE;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h' || option == 'V') {
            *status = option == 'h' ? print_help(help) : version();
            return false;
        }
        if (!take(&c, option, optarg))
            return false;
    }
    if (optind != argc) {
        usage_error("'%s': it takes options only", argv[optind]);
        return false;
    }
    if (!settle(&c))
        return false;
    if (c.explain || c.check)
        *status = c.explain ? explain(&c) : check(o);
    return !c.explain && !c.check;
}
