/* reader.c - what reading a foreign history costs, in each format.
 *
 *   reader FORMAT [OPERATIONS]
 *
 * A history of so many operations (a million) of 20 clients on one register is written to a
 * temporary file, read from there, and read once more to the end without being understood. One
 * line:
 *
 *   format=edn operations=1000000 mib=162.7 seconds=0.590 ns_per_operation=590 ns_per_byte=3.46
 *   plain_seconds=0.03 resident_bytes_per_operation=105                          (in one line) */
#define _POSIX_C_SOURCE 200809L
#include "sim/check/history_reader.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { CLIENTS = 20, PLAIN = 1 << 16 };

static const char *const patterns[] = {
    [SIM_HISTORY_EDN] =
        "{:process %u, :type :%s, :f :%s, :value %s, :time %" PRIu64 ", :index %" PRIu64 "}\n",
    [SIM_HISTORY_JSON] =
        "{\"process\":%u,\"type\":\"%s\",\"f\":\"%s\",\"value\":%s,\"time\":%" PRIu64
        ",\"index\":%" PRIu64 "},\n",
    [SIM_HISTORY_LINES] = "{\"process\":\"app-%u/0\",\"type\":\"%s\",\"op\":\"%s\",\"key\":0,"
                          "\"value\":%s,\"t\":%" PRIu64 ",\"index\":%" PRIu64 "}\n",
    [SIM_HISTORY_LOG] = "INFO  jepsen.util - %u\t:%s\t:%s\t%s\t; %" PRIu64 " %" PRIu64 "\n",
};

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Half reads, half writes of ever new values; every read sees what was written last. */
static void generate(FILE *file, enum sim_history_format format, uint64_t operations)
{
    bool json = format == SIM_HISTORY_JSON;
    const char *nil = json || format == SIM_HISTORY_LINES ? "null" : "nil";
    uint64_t written[CLIENTS] = { 0 }, state = 1, time = 0, last = 0, invoked = 0, open = 0;
    bool busy[CLIENTS] = { false }, writes[CLIENTS] = { false };
    char value[24];

    fputs(json ? "[" : "", file);
    for (uint64_t index = 0; invoked < operations || open > 0; index++) {
        unsigned client = (unsigned)(next(&state) % CLIENTS);

        while (!busy[client] && invoked == operations)
            client = (client + 1) % CLIENTS;
        if (!busy[client]) {
            writes[client] = next(&state) % 2 == 0;
            written[client] = ++invoked;
        } else if (writes[client]) {
            last = written[client];
        }
        if (writes[client] || (busy[client] && last != 0))
            snprintf(value, sizeof(value), "%" PRIu64, writes[client] ? written[client] : last);
        else
            snprintf(value, sizeof(value), "%s", nil);
        busy[client] = !busy[client];
        open += busy[client] ? 1 : -(uint64_t)1;
        time += next(&state) % 100000;
        fprintf(file, patterns[format], client, busy[client] ? "invoke" : "ok",
                writes[client] ? "write" : "read", value, time, index);
    }
    if (json) { /* over the last comma */
        fseek(file, -2, SEEK_END);
        fputs("]\n", file);
    }
}

static double seconds(clock_t since)
{
    return (double)(clock() - since) / CLOCKS_PER_SEC;
}

static double resident(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

int main(int argc, char **argv)
{
    static char bytes[PLAIN];
    uint64_t operations = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
    struct sim_history_reading reading = { .model = SIM_HISTORY_REGISTER };
    struct sim_history_found found;
    double size = 0, plain, read, before, more;
    int format = SIM_HISTORY_EDN;
    clock_t begin;
    FILE *file;

    for (; argc > 1 && format <= SIM_HISTORY_LOG; format++) {
        if (strcmp(sim_history_format_names[format], argv[1]) == 0)
            break;
    }
    if (argc < 2 || format > SIM_HISTORY_LOG || operations == 0) {
        fprintf(stderr, "usage: reader edn|json|jsonl|log [OPERATIONS]\n");
        return 2;
    }
    file = tmpfile();
    if (file == NULL)
        return 4;
    generate(file, (enum sim_history_format)format, operations);
    rewind(file);
    begin = clock();
    for (size_t got; (got = fread(bytes, 1, sizeof(bytes), file)) > 0;)
        size += (double)got;
    plain = seconds(begin);
    rewind(file);
    before = resident();
    begin = clock();
    sim_history_reader_file(file, &reading, &found);
    read = seconds(begin);
    more = resident() - before;
    if (found.fault.message[0] != '\0' || found.counts.operations != operations) {
        fprintf(stderr, "reader: line %" PRIu64 ": %s\n", found.fault.line, found.fault.message);
        return 4;
    }
    printf("format=%s operations=%" PRIu64 " mib=%.1f seconds=%.3f ns_per_operation=%.0f "
           "ns_per_byte=%.2f plain_seconds=%.3f resident_bytes_per_operation=%.0f\n",
           sim_history_format_names[found.format], operations, size / (1 << 20), read,
           read * 1e9 / (double)operations, read * 1e9 / size, plain, more / (double)operations);
    sim_history_reader_finish(&found);
    fclose(file);
    return 0;
}
