#include "models/parts/lock.h"

const struct sim_interface lock_interface = {
    .name = "lock",
    .operations = {
        [LOCK_ACQUIRE] = { "acquire", SIM_WORDS(lock_acquire), SIM_WORDS(lock_reply), NULL },
        [LOCK_RELEASE] = { "release", SIM_WORDS(lock_release), SIM_WORDS(lock_reply), NULL },
    },
};
