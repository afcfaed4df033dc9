#include "models/parts/failover.h"

const struct sim_interface failover_interface = {
    .name = "failover",
    .operations = {
        [FAILOVER_LOOK] = { "look", SIM_WORDS(failover_look), SIM_WORDS(failover_status), NULL },
        [FAILOVER_PROMOTE] = { "promote", SIM_WORDS(failover_promote),
                               SIM_WORDS(failover_status), NULL },
        [FAILOVER_FOLLOW] = { "follow", SIM_WORDS(failover_follow), SIM_WORDS(failover_status),
                              NULL },
    },
};

int64_t failover_next_epoch(int64_t epoch)
{
    return (epoch / FAILOVER_EPOCH + 1) * FAILOVER_EPOCH;
}
