/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's "edu" device: a 4 KiB buffer of its own and an engine that copies
 * between it and memory. A copy starts 100 ms after it was asked for, which is
 * long enough to do something to the device in the meantime.
 */
#ifndef SELFTESTS_IOMMU_LIB_EDU_H
#define SELFTESTS_IOMMU_LIB_EDU_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include "vfio.h"

#define EDU_BUFFER_SIZE 4096
#define EDU_IRQ_COPIED 0x100	/* status of edu_start_irq()'s interrupt */

enum edu_direction {
	EDU_FROM_MEMORY,
	EDU_TO_MEMORY,
};

/**
 * struct edu - The device's registers
 * @regs: BAR 0
 */
struct edu {
	volatile __u8 *regs;
};

int edu_init(struct edu *edu, struct vfio_dev *dev);
void edu_start(struct edu *edu, enum edu_direction direction, __u64 iova,
	       __u32 offset, __u32 length);
void edu_start_irq(struct edu *edu, enum edu_direction direction, __u64 iova,
		   __u32 offset, __u32 length);
bool edu_busy(struct edu *edu);
int edu_wait(struct edu *edu);
int edu_load(struct edu *edu, __u64 iova, __u32 length);
int edu_store(struct edu *edu, __u64 iova, __u32 length);
int edu_round_trip(struct vfio_dev *dev, char *memory, size_t page, __u64 iova);
void edu_raise_irq(struct edu *edu, __u32 bits);
__u32 edu_ack_irq(struct edu *edu);

#endif
