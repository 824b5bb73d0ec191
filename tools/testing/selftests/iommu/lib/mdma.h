/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mdma, the sample of a mediated device that pins, reads and writes memory: see
 * samples/vfio-mdev/mdma.c. Functions return 0 or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_MDMA_H
#define SELFTESTS_IOMMU_LIB_MDMA_H

#include <stdbool.h>
#include <linux/types.h>

#include "mode.h"

/* enum mdma_op of the driver */
enum mdma_op {
	MDMA_COPY,
	MDMA_COPY_PINNED,
	MDMA_HOLD,
	MDMA_DROP,
	MDMA_FILL,
	MDMA_DROP_ALL,
};

/**
 * struct mdma_state - What the driver tells
 * @held: pages that it keeps pinned
 * @asked: times that it was asked to let go
 */
struct mdma_state {
	__u64 held;
	__u64 asked;
};

bool mdma_missing(void);
int mdma_create(struct mode_dev *dev, enum mode mode, int nth);
void mdma_remove(struct mode_dev *dev);

int mdma_do(struct mode_dev *dev, enum mdma_op op, __u64 source, __u64 target,
	    __u64 length);
int mdma_state(struct mode_dev *dev, struct mdma_state *state);

#endif
