/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An NVM Express disk with one pair of queues for I/O, polled. Commands are
 * started in batches, so that many are under way at once.
 */
#ifndef SELFTESTS_IOMMU_LIB_NVME_H
#define SELFTESTS_IOMMU_LIB_NVME_H

#include <linux/types.h>
#include "vfio.h"

#define NVME_PAGE 4096U		/* what transfers consist of */
#define NVME_QUEUE_BYTES (4 * NVME_PAGE)
#define NVME_BATCH 32U		/* commands that can be under way */

enum nvme_direction {
	NVME_FROM_DISK,
	NVME_TO_DISK,
};

/**
 * struct nvme_queue - Two rings, and how far they are
 * @commands: that the device takes
 * @answers: that it gives
 * @id: 0 is that of the controller itself
 * @tail: where the next command goes
 * @head: where the next answer comes
 * @phase: what the next answer has in its phase bit
 */
struct nvme_queue {
	struct nvme_command *commands;
	volatile struct nvme_answer *answers;
	unsigned int id;
	unsigned int tail;
	unsigned int head;
	unsigned int phase;
};

/**
 * struct nvme - The device
 * @regs: BAR 0
 * @stride: bytes from one doorbell to the next
 * @admin: queue for the controller
 * @io: queue for the disk
 * @pending: commands of @io without an answer
 */
struct nvme {
	volatile __u8 *regs;
	unsigned int stride;
	struct nvme_queue admin;
	struct nvme_queue io;
	unsigned int pending;
};

int nvme_init(struct nvme *nvme, struct vfio_dev *dev, void *queues,
	      __u64 iova);
void nvme_start(struct nvme *nvme, enum nvme_direction direction, __u64 page,
		__u64 iova, unsigned int pages);
int nvme_wait(struct nvme *nvme);

#endif
