// SPDX-License-Identifier: GPL-2.0-only
/* Registers and commands are those of the NVM Express specification, 1.4. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nvme.h"

#define BIT(nr) (1U << (nr))

#define CAP		0x00
#define  CAP_DSTRD(cap)	((cap) >> 32 & 15)
#define CC		0x14
#define  CC_EN		BIT(0)
#define  CC_IOSQES(n)	((n) << 16)	/* log2 of the sizes */
#define  CC_IOCQES(n)	((n) << 20)
#define CSTS		0x1c
#define  CSTS_RDY	BIT(0)
#define  CSTS_CFS	BIT(1)
#define AQA		0x24
#define ASQ		0x28
#define ACQ		0x30
#define DOORBELLS	0x1000

#define OP_CREATE_SQ	0x01		/* of the controller's queue */
#define OP_CREATE_CQ	0x05
#define OP_WRITE	0x01		/* of the disk's */
#define OP_READ		0x02
#define CONTIGUOUS	BIT(0)
#define NAMESPACE	1

#define ENTRIES		64U
#define BLOCK		512U
#define READY_SECONDS	10
#define ANSWER_SECONDS	20

struct nvme_command {
	__u32 opcode;			/* 31:16 are the identifier */
	__u32 nsid;
	__u64 reserved;
	__u64 metadata;
	__u64 prp[2];
	__u32 dword[6];			/* 10 to 15 */
};

struct nvme_answer {
	__u32 result;
	__u32 reserved;
	__u32 queue;
	__u32 status;			/* 16 is the phase, 31:17 the status */
};

static_assert(sizeof(struct nvme_command) == 64, "log2 is 6");
static_assert(sizeof(struct nvme_answer) == 16, "log2 is 4");
static_assert(ENTRIES * sizeof(struct nvme_command) <= NVME_PAGE, "one page");
static_assert(NVME_BATCH < ENTRIES, "a full ring is one less");

static __u32 read32(struct nvme *nvme, unsigned int reg)
{
	return *(volatile __u32 *)(nvme->regs + reg);
}

static void write32(struct nvme *nvme, unsigned int reg, __u32 value)
{
	*(volatile __u32 *)(nvme->regs + reg) = value;
}

static void write64(struct nvme *nvme, unsigned int reg, __u64 value)
{
	write32(nvme, reg, value);
	write32(nvme, reg + 4, value >> 32);
}

static int wait_ready(struct nvme *nvme, __u32 ready)
{
	time_t deadline = time(NULL) + READY_SECONDS;

	while ((read32(nvme, CSTS) & CSTS_RDY) != ready) {
		if (time(NULL) > deadline)
			return -ETIMEDOUT;
		usleep(1000);
	}
	return 0;
}

static void ring(struct nvme *nvme, struct nvme_queue *queue, bool answers,
		 __u32 value)
{
	__sync_synchronize();
	write32(nvme, DOORBELLS + (2 * queue->id + answers) * nvme->stride,
		value);
}

static void submit(struct nvme_queue *queue, const struct nvme_command *command)
{
	queue->commands[queue->tail] = *command;
	queue->commands[queue->tail].opcode |= queue->tail << 16;
	queue->tail = (queue->tail + 1) % ENTRIES;
}

/* The status of the next answer, 0 is good; or -ETIMEDOUT, -EIO */
static int take_answer(struct nvme *nvme, struct nvme_queue *queue)
{
	time_t deadline = time(NULL) + ANSWER_SECONDS;
	__u32 status;

	for (;;) {
		status = queue->answers[queue->head].status;
		if ((status >> 16 & 1) == queue->phase)
			break;
		if (read32(nvme, CSTS) & CSTS_CFS)
			return -EIO;
		if (time(NULL) > deadline)
			return -ETIMEDOUT;
	}
	__sync_synchronize();
	queue->head = (queue->head + 1) % ENTRIES;
	if (!queue->head)
		queue->phase ^= 1;
	return status >> 17;
}

static int ask_controller(struct nvme *nvme, const struct nvme_command *command)
{
	int rc;

	submit(&nvme->admin, command);
	ring(nvme, &nvme->admin, false, nvme->admin.tail);
	rc = take_answer(nvme, &nvme->admin);
	ring(nvme, &nvme->admin, true, nvme->admin.head);
	return rc > 0 ? -EIO : rc;
}

static int create_io_queue(struct nvme *nvme, __u64 commands, __u64 answers)
{
	struct nvme_command command = {
		.opcode = OP_CREATE_CQ,
		.prp[0] = answers,
		.dword[0] = nvme->io.id | (ENTRIES - 1) << 16,
		.dword[1] = CONTIGUOUS,
	};
	int rc = ask_controller(nvme, &command);

	if (rc)
		return rc;
	command.opcode = OP_CREATE_SQ;
	command.prp[0] = commands;
	command.dword[1] = CONTIGUOUS | nvme->io.id << 16;
	return ask_controller(nvme, &command);
}

static void queue_init(struct nvme_queue *queue, unsigned int id, void *pages)
{
	*queue = (struct nvme_queue){
		.commands = pages,
		.answers = pages + NVME_PAGE,
		.id = id,
		.phase = 1,
	};
}

/**
 * nvme_init - Reset the controller and make its queues
 * @nvme: filled
 * @dev: a controller, bound; its BAR 0 is mapped when it is not yet
 * @queues: NVME_QUEUE_BYTES for the queues, aligned to a page
 * @iova: the same as the device sees it, it is attached
 *
 * Return: 0 or a negative errno.
 */
int nvme_init(struct nvme *nvme, struct vfio_dev *dev, void *queues, __u64 iova)
{
	int rc;

	rc = vfio_set_master(dev, true);
	if (!rc && !dev->bar_size[0])
		rc = vfio_map_bar(dev, 0);
	if (rc)
		return rc;
	memset(queues, 0, NVME_QUEUE_BYTES);
	memset(nvme, 0, sizeof(*nvme));
	nvme->regs = dev->bar[0];
	nvme->stride = 4U << CAP_DSTRD(read32(nvme, CAP) |
				       (__u64)read32(nvme, CAP + 4) << 32);
	queue_init(&nvme->admin, 0, queues);
	queue_init(&nvme->io, 1, queues + 2 * NVME_PAGE);

	write32(nvme, CC, 0);
	rc = wait_ready(nvme, 0);
	if (rc)
		return rc;
	write32(nvme, AQA, (ENTRIES - 1) | (ENTRIES - 1) << 16);
	write64(nvme, ASQ, iova);
	write64(nvme, ACQ, iova + NVME_PAGE);
	write32(nvme, CC, CC_EN | CC_IOSQES(6) | CC_IOCQES(4));
	rc = wait_ready(nvme, CSTS_RDY);
	if (rc)
		return rc;
	return create_io_queue(nvme, iova + 2 * NVME_PAGE,
			       iova + 3 * NVME_PAGE);
}

/**
 * nvme_start - Start a transfer
 * @nvme: with less than NVME_BATCH under way
 * @direction: which way
 * @page: which one of the disk, of NVME_PAGE bytes each
 * @iova: of the memory, aligned to a page
 * @pages: 1 or 2, neighbours on the disk and as IOVAs
 */
void nvme_start(struct nvme *nvme, enum nvme_direction direction, __u64 page,
		__u64 iova, unsigned int pages)
{
	__u64 block = page * (NVME_PAGE / BLOCK);
	struct nvme_command command = {
		.opcode = direction == NVME_TO_DISK ? OP_WRITE : OP_READ,
		.nsid = NAMESPACE,
		.prp[0] = iova,
		.prp[1] = pages > 1 ? iova + NVME_PAGE : 0,
		.dword[0] = block,
		.dword[1] = block >> 32,
		.dword[2] = pages * (NVME_PAGE / BLOCK) - 1,
	};

	submit(&nvme->io, &command);
	nvme->pending++;
	ring(nvme, &nvme->io, false, nvme->io.tail);
}

/**
 * nvme_wait - Wait for all that was started
 * @nvme: the device
 *
 * Return: 0, -EIO if the device tells of an error, -ETIMEDOUT if it tells
 * nothing any more.
 */
int nvme_wait(struct nvme *nvme)
{
	int rc, failed = 0;

	for (; nvme->pending; nvme->pending--) {
		rc = take_answer(nvme, &nvme->io);
		if (rc < 0)
			return rc;
		if (rc)
			failed = -EIO;
		ring(nvme, &nvme->io, true, nvme->io.head);
	}
	return failed;
}
