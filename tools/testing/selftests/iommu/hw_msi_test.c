// SPDX-License-Identifier: GPL-2.0-only
/*
 * Message signalled interrupts of a bound device. They are writes to memory
 * and go through the IOMMU like any other, so what the device is attached to
 * matters.
 */
#include <poll.h>
#include <sys/eventfd.h>

#include "hw_dma_fixture.h"

#define WAIT_MS 3000
#define QUIET_MS 300

static int msi_on(struct _test_data_dma *self)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = vfio_irq_enable(&self->hw.vfio, VFIO_PCI_MSI_IRQ_INDEX, fd);
	if (rc) {
		close(fd);
		return rc;
	}
	return fd;
}

static void msi_off(struct _test_data_dma *self, int fd)
{
	vfio_irq_disable(&self->hw.vfio, VFIO_PCI_MSI_IRQ_INDEX);
	close(fd);
}

/* How many interrupts have come, after waiting for one? */
static long wait_msi(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	__u64 count;

	if (poll(&pollfd, 1, ms) != 1)
		return 0;
	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

/* Raise one and see it come */
static long raise_msi(struct _test_data_dma *self, int fd)
{
	long count;

	edu_raise_irq(&self->hw.edu, 1);
	count = wait_msi(fd, WAIT_MS);
	edu_ack_irq(&self->hw.edu);
	return count;
}

TEST_F(dma, interrupt_arrives_while_attached)
{
	int fd;

	ASSERT_OK(attach(self));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, wait_msi(fd, QUIET_MS));
	EXPECT_EQ(1, raise_msi(self, fd));
	EXPECT_EQ(1, raise_msi(self, fd));
	msi_off(self, fd);
}

TEST_F(dma, interrupt_arrives_beside_mappings_and_dma)
{
	int fd;

	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_EQ(1, raise_msi(self, fd));
	EXPECT_TRUE(same(self->src, self->dst));
	ASSERT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	EXPECT_EQ(1, raise_msi(self, fd));
	msi_off(self, fd);
}

TEST_F(dma, interrupt_arrives_after_it_was_enabled_again)
{
	int fd;

	ASSERT_OK(attach(self));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, raise_msi(self, fd));
	msi_off(self, fd);
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, raise_msi(self, fd));
	msi_off(self, fd);
}

TEST_F(dma, interrupt_arrives_after_replace)
{
	__u32 other;
	int fd;

	ASSERT_OK(iommu_ioas_alloc(self->hw.iommufd, &other));
	ASSERT_OK(attach(self));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, raise_msi(self, fd));
	ASSERT_OK(vfio_attach(&self->hw.vfio, other));
	EXPECT_EQ(1, raise_msi(self, fd));
	msi_off(self, fd);
}

TEST_F(dma, interrupt_enabled_before_attach_arrives_after_it)
{
	int fd = msi_on(self);

	ASSERT_LE(0, fd);
	ASSERT_OK(attach(self));
	EXPECT_EQ(1, raise_msi(self, fd));
	msi_off(self, fd);
}

TEST_F(dma, interrupt_enabled_while_attached_arrives_after_detach_and_attach)
{
	int fd;

	ASSERT_OK(attach(self));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	ASSERT_OK(attach(self));
	EXPECT_EQ(1, raise_msi(self, fd));
	msi_off(self, fd);
}

TEST_F(dma, interrupt_of_a_finished_copy_arrives)
{
	/* The engine raises it by itself: ask for it in the command */
	int fd;

	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	edu_start_irq(&self->hw.edu, EDU_FROM_MEMORY, IOVA, 0,
		      EDU_BUFFER_SIZE);
	EXPECT_EQ(1, wait_msi(fd, WAIT_MS));
	EXPECT_EQ(EDU_IRQ_COPIED, edu_ack_irq(&self->hw.edu));
	ASSERT_OK(edu_wait(&self->hw.edu));
	msi_off(self, fd);
}

TEST_F(dma, interrupt_stays_off_after_it_was_disabled)
{
	int fd;

	ASSERT_OK(attach(self));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	ASSERT_OK(vfio_irq_disable(&self->hw.vfio, VFIO_PCI_MSI_IRQ_INDEX));
	edu_raise_irq(&self->hw.edu, 1);
	EXPECT_EQ(0, wait_msi(fd, QUIET_MS));
	edu_ack_irq(&self->hw.edu);
	close(fd);
}

TEST_F(dma, close_with_the_interrupt_enabled_is_clean)
{
	int fd;

	ASSERT_OK(attach(self));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	vfio_close(&self->hw.vfio);
	close(self->hw.iommufd);
	self->hw.iommufd = -1;
	close(fd);

	ASSERT_OK(hw_reopen(&self->hw));
	ASSERT_OK(attach(self));
	fd = msi_on(self);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, raise_msi(self, fd));
	msi_off(self, fd);
}

TEST_HARNESS_MAIN
