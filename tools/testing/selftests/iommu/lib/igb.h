/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel 82576 ("igb") with its PHY looped back: a frame that is sent from one
 * piece of memory is received into another, so that it copies memory through
 * real descriptor rings. One queue each way, no offloads, no filters.
 */
#ifndef SELFTESTS_IOMMU_LIB_IGB_H
#define SELFTESTS_IOMMU_LIB_IGB_H

#include <stddef.h>
#include <linux/types.h>
#include "vfio.h"

#define IGB_RING_BYTES 4096	/* both rings, one page */
#define IGB_FRAME_MIN 64
#define IGB_FRAME_MAX 9216

/**
 * struct igb - The device and its two rings
 * @regs: BAR 0
 * @tx: transmit descriptors, in memory that the device can reach
 * @rx: receive descriptors, likewise
 * @tx_tail: next transmit descriptor
 * @rx_tail: next receive descriptor
 */
struct igb {
	volatile __u8 *regs;
	struct igb_desc *tx;
	struct igb_desc *rx;
	__u32 tx_tail;
	__u32 rx_tail;
};

int igb_init(struct igb *igb, struct vfio_dev *dev, void *ring,
	     __u64 ring_iova);
void igb_frame_header(void *frame);
int igb_copy(struct igb *igb, __u64 dst_iova, __u64 src_iova, __u32 length);
int igb_irq_on(struct igb *igb);

#endif
