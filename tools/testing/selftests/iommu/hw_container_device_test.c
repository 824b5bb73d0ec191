// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device can do is the same in all five ways to it: registers,
 * interrupts, resets; and it is given back when it is closed.
 */
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <linux/pci_regs.h>

/* Behind a root port, so that it can be reset with its bus */
#define EDU 1
#include "hw_container_fixture.h"
#include "lib/hot_reset.h"

#define WAIT_MS 3000
#define QUIET_MS 300

/* How many interrupts have come, after waiting for one? */
static long wait_irq(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	__u64 count;

	if (poll(&pollfd, 1, ms) != 1)
		return 0;
	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static int irq_on(struct _test_data_container *self, __u32 index)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int rc = vfio_irq_enable(&self->dev.vfio, index, fd);

	if (!rc)
		return fd;
	close(fd);
	return rc;
}

TEST_F(container, configuration_space_is_read_and_written)
{
	__u16 vendor, command, other;

	ASSERT_OK(vfio_config_read(&self->dev.vfio, PCI_VENDOR_ID, &vendor,
				   sizeof(vendor)));
	EXPECT_EQ(0x1234, vendor);
	ASSERT_OK(vfio_config_read(&self->dev.vfio, PCI_COMMAND, &command,
				   sizeof(command)));
	EXPECT_TRUE(command & PCI_COMMAND_MASTER);
	other = command ^ PCI_COMMAND_SERR;
	ASSERT_OK(vfio_config_write(&self->dev.vfio, PCI_COMMAND, &other,
				    sizeof(other)));
	ASSERT_OK(vfio_config_read(&self->dev.vfio, PCI_COMMAND, &command,
				   sizeof(command)));
	EXPECT_EQ(other, command);
}

TEST_F(container, message_signalled_interrupt_arrives)
{
	int fd = irq_on(self, VFIO_PCI_MSI_IRQ_INDEX);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, wait_irq(fd, QUIET_MS));
	edu_raise_irq(&self->edu, 1);
	EXPECT_EQ(1, wait_irq(fd, WAIT_MS));
	EXPECT_EQ(1, edu_ack_irq(&self->edu));
	/* It goes through the IOMMU, where mappings are now */
	ASSERT_OK(map(self, 0, 2, IOVA));
	edu_start_irq(&self->edu, EDU_FROM_MEMORY, IOVA, 0, EDU_BUFFER_SIZE);
	EXPECT_EQ(1, wait_irq(fd, WAIT_MS));
	EXPECT_EQ(EDU_IRQ_COPIED, edu_ack_irq(&self->edu));
	ASSERT_OK(vfio_irq_disable(&self->dev.vfio, VFIO_PCI_MSI_IRQ_INDEX));
	edu_raise_irq(&self->edu, 1);
	EXPECT_EQ(0, wait_irq(fd, QUIET_MS));
	edu_ack_irq(&self->edu);
	close(fd);
}

/* Take the interrupt, which is masked since, and let the next one come */
static int unmask(struct _test_data_container *self)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
		.index = VFIO_PCI_INTX_IRQ_INDEX,
		.count = 1,
	};

	edu_ack_irq(&self->edu);
	return ioctl(self->dev.vfio.fd, VFIO_DEVICE_SET_IRQS, &set) ? -errno :
								      0;
}

TEST_F(container, interrupt_of_a_line_arrives)
{
	int fd = irq_on(self, VFIO_PCI_INTX_IRQ_INDEX);

	ASSERT_LE(0, fd);
	edu_raise_irq(&self->edu, 1);
	EXPECT_EQ(1, wait_irq(fd, WAIT_MS));
	ASSERT_OK(unmask(self));
	EXPECT_EQ(0, wait_irq(fd, QUIET_MS));
	edu_raise_irq(&self->edu, 1);
	EXPECT_EQ(1, wait_irq(fd, WAIT_MS));
	ASSERT_OK(unmask(self));
	ASSERT_OK(vfio_irq_disable(&self->dev.vfio, VFIO_PCI_INTX_IRQ_INDEX));
	close(fd);
}

TEST_F(container, reset_leaves_the_mappings)
{
	ASSERT_OK(map(self, 0, 2, IOVA));
	ASSERT_EQ(0, ioctl(self->dev.vfio.fd, VFIO_DEVICE_RESET));
	vfio_set_master(&self->dev.vfio, true);
	ASSERT_OK(copy(self, IOVA, IOVA + self->page));
	EXPECT_TRUE(has_pattern(page_of(self, 1)));
}

TEST_F(container, bus_is_reset_with_proof_that_it_is_ours)
{
	struct hot_reset_info info;

	ASSERT_OK(map(self, 0, 2, IOVA));
	ASSERT_OK(hot_reset_info(&self->dev.vfio, &info));
	EXPECT_EQ(1, info.count);
	if (mode_is_native(variant->mode)) {
		EXPECT_EQ(self->dev.vfio.dev_id,
			  hot_reset_id(&info, self->dev.pci.name));
		EXPECT_ERR(EINVAL, hot_reset_by_file(&self->dev.vfio,
						     self->dev.cont.fd));
		EXPECT_OK(hot_reset(&self->dev.vfio));
	} else {
		EXPECT_EQ((__u32)self->dev.pci.group,
			  hot_reset_id(&info, self->dev.pci.name));
		EXPECT_EQ(0, info.flags);
		EXPECT_ERR(EINVAL, hot_reset(&self->dev.vfio));
		EXPECT_ERR(EINVAL, hot_reset_by_file(&self->dev.vfio,
						     self->dev.cont.fd));
		EXPECT_OK(hot_reset_by_file(&self->dev.vfio,
					    self->dev.cont.group_fd));
	}
	vfio_set_master(&self->dev.vfio, true);
	ASSERT_OK(copy(self, IOVA, IOVA + self->page));
	EXPECT_TRUE(has_pattern(page_of(self, 1)));
}

TEST_F(container, closed_device_can_be_opened_again)
{
	int round;

	for (round = 0; round < 3; round++) {
		ASSERT_OK(map(self, 0, 2, IOVA));
		ASSERT_OK(copy(self, IOVA, IOVA + self->page));
		EXPECT_TRUE(is_reached(self, 1, IOVA + self->page));
		mode_close(&self->dev);
		ASSERT_OK(mode_open(&self->dev));
		ASSERT_OK(edu_init(&self->edu, &self->dev.vfio));
		/* What was mapped went with the container */
		EXPECT_FALSE(is_reached(self, 1, IOVA + self->page));
	}
}

TEST_HARNESS_MAIN
