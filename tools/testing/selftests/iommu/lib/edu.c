// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edu.h"
#include "memory.h"

#define EDU_ID		0x00
#define EDU_ALIVE	0x04
#define EDU_IRQ_STATUS	0x24
#define EDU_IRQ_RAISE	0x60
#define EDU_IRQ_ACK	0x64
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98

#define EDU_DMA_START		1
#define EDU_DMA_DEV_TO_MEM	2
#define EDU_DMA_RAISE_IRQ	4

/* What edu_round_trip() copies */
#define PATTERN 21

#define EDU_BUFFER	0x40000
#define EDU_WAIT_SECONDS 10

static __u32 read32(struct edu *edu, int reg)
{
	return *(volatile __u32 *)(edu->regs + reg);
}

static void write32(struct edu *edu, int reg, __u32 value)
{
	*(volatile __u32 *)(edu->regs + reg) = value;
}

static void write64(struct edu *edu, int reg, __u64 value)
{
	*(volatile __u64 *)(edu->regs + reg) = value;
}

/**
 * edu_init - Switch the device on and see that it answers
 * @edu: filled
 * @dev: an edu, bound; its BAR 0 is mapped when it is not yet
 *
 * Waits for a copy that an earlier user may have left behind.
 */
int edu_init(struct edu *edu, struct vfio_dev *dev)
{
	int rc;

	rc = vfio_set_master(dev, true);
	if (rc)
		return rc;
	if (!dev->bar_size[0]) {
		rc = vfio_map_bar(dev, 0);
		if (rc)
			return rc;
	}
	edu->regs = dev->bar[0];
	if ((read32(edu, EDU_ID) & 0xffff) != 0x00ed)
		return -ENXIO;
	write32(edu, EDU_ALIVE, 0x5aa5c33c);
	if (read32(edu, EDU_ALIVE) != ~0x5aa5c33cU)
		return -EIO;
	return edu_wait(edu);
}

static void start(struct edu *edu, enum edu_direction direction, __u64 iova,
		  __u32 offset, __u32 length, __u32 cmd)
{
	cmd |= EDU_DMA_START;
	if (direction == EDU_TO_MEMORY) {
		write64(edu, EDU_DMA_SRC, EDU_BUFFER + offset);
		write64(edu, EDU_DMA_DST, iova);
		cmd |= EDU_DMA_DEV_TO_MEM;
	} else {
		write64(edu, EDU_DMA_SRC, iova);
		write64(edu, EDU_DMA_DST, EDU_BUFFER + offset);
	}
	write64(edu, EDU_DMA_COUNT, length);
	__sync_synchronize();
	write64(edu, EDU_DMA_CMD, cmd);
}

/**
 * edu_start - Ask for a copy and return at once
 * @edu: idle
 * @direction: which way
 * @iova: address on the memory's side
 * @offset: within the device's buffer
 * @length: bytes; @offset + @length must be within the buffer
 */
void edu_start(struct edu *edu, enum edu_direction direction, __u64 iova,
	       __u32 offset, __u32 length)
{
	start(edu, direction, iova, offset, length, 0);
}

/**
 * edu_start_irq - edu_start() with an interrupt at the end of the copy
 * @edu: idle
 * @direction: which way
 * @iova: address on the memory's side
 * @offset: within the device's buffer
 * @length: bytes
 */
void edu_start_irq(struct edu *edu, enum edu_direction direction, __u64 iova,
		   __u32 offset, __u32 length)
{
	start(edu, direction, iova, offset, length, EDU_DMA_RAISE_IRQ);
}

/**
 * edu_busy - Is a copy pending?
 * @edu: the device
 */
bool edu_busy(struct edu *edu)
{
	return read32(edu, EDU_DMA_CMD) & EDU_DMA_START;
}

/**
 * edu_wait - Wait for the copy to be done, or to have been refused
 * @edu: the device
 *
 * The device does not know whether the IOMMU let the copy through.
 *
 * Return: 0 or -ETIMEDOUT.
 */
int edu_wait(struct edu *edu)
{
	time_t deadline = time(NULL) + EDU_WAIT_SECONDS;

	while (edu_busy(edu)) {
		if (time(NULL) > deadline)
			return -ETIMEDOUT;
		usleep(2000);
	}
	__sync_synchronize();
	return 0;
}

/**
 * edu_load - Copy from memory to the start of the device's buffer
 * @edu: idle
 * @iova: source
 * @length: bytes
 */
int edu_load(struct edu *edu, __u64 iova, __u32 length)
{
	edu_start(edu, EDU_FROM_MEMORY, iova, 0, length);
	return edu_wait(edu);
}

/**
 * edu_store - Copy from the start of the device's buffer to memory
 * @edu: idle
 * @iova: destination
 * @length: bytes
 */
int edu_store(struct edu *edu, __u64 iova, __u32 length)
{
	edu_start(edu, EDU_TO_MEMORY, iova, 0, length);
	return edu_wait(edu);
}

/**
 * edu_round_trip - Have a device copy a page to the next one
 * @dev: open, an edu
 * @memory: two pages
 * @page: bytes of a page
 * @iova: where the device should have both
 *
 * Return: 0, -EILSEQ when the next page has something else, or another negative
 * errno.
 */
int edu_round_trip(struct vfio_dev *dev, char *memory, size_t page, __u64 iova)
{
	struct edu edu;
	int rc;

	mem_fill(memory, EDU_BUFFER_SIZE, PATTERN);
	memset(memory + page, 0, page);
	rc = edu_init(&edu, dev) ?: edu_load(&edu, iova, EDU_BUFFER_SIZE) ?:
	     edu_store(&edu, iova + page, EDU_BUFFER_SIZE);
	if (rc)
		return rc;
	return mem_is_filled(memory + page, EDU_BUFFER_SIZE, PATTERN) ?
	       0 : -EILSEQ;
}

/**
 * edu_raise_irq - Raise an interrupt
 * @edu: the device
 * @bits: or-ed into its status
 */
void edu_raise_irq(struct edu *edu, __u32 bits)
{
	write32(edu, EDU_IRQ_RAISE, bits);
}

/**
 * edu_ack_irq - Read and clear the interrupt status
 * @edu: the device
 *
 * Return: the status bits that were set.
 */
__u32 edu_ack_irq(struct edu *edu)
{
	__u32 status = read32(edu, EDU_IRQ_STATUS);

	write32(edu, EDU_IRQ_ACK, status);
	return status;
}
