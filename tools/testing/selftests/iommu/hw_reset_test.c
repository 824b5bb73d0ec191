// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hot reset of a claimed group: the context that owns all its functions may
 * reset them, needs no files of groups for it, and is told beforehand.
 */
#include <assert.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "hw_group_fixture.h"
#include "hw_reset_fixture.h"
#include "lib/loop.h"
#include "lib/pci_config.h"

static_assert(sizeof(struct vfio_pci_dependent_device) == 8, "layout");
static_assert(offsetof(struct vfio_pci_dependent_device, devid) == 0, "layout");
static_assert(offsetof(struct vfio_pci_hot_reset_info, devices) == 12,
	      "layout");
static_assert(VFIO_PCI_HOT_RESET_FLAG_DEV_ID == 1, "number");
static_assert(VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED == 2, "number");
static_assert(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO == 0x3b70, "number");
static_assert(VFIO_DEVICE_PCI_HOT_RESET == 0x3b71, "number");

#define ALL_OWNED (VFIO_PCI_HOT_RESET_FLAG_DEV_ID | \
		   VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED)

#define DECODE_AND_MASTER (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | \
			   PCI_COMMAND_MASTER)

/* The capability of an e1000e that has no effect while MSI is off */
#define MSI_CAP 0xd0
#define MSI_ADDRESS (MSI_CAP + PCI_MSI_ADDRESS_LO)

/*
 *	root port -+- a: e1000e, function 0
 *	           +- b: e1000e, function 1
 *
 * Whatever resets one resets the other.
 */
FIXTURE_VARIANT_ADD(group, of_functions)
{
	.id = PCI_ID_E1000E,
};

/* Only a is bound; b has vfio-pci, and no file of it is open */
static int bind_a(struct _test_data_group *self)
{
	int rc = take_both(self);

	vfio_close(&self->b.dev);
	return rc ?: vfio_bind(&self->a.dev, self->ours);
}

static int mark_both(struct _test_data_group *self)
{
	return set_mark(&self->a.dev, E1000E_MARK) ?:
	       set_mark(&self->b.dev, E1000E_MARK);
}

/* Issue a command whose struct is as it stands, with a size of one's own */
static int info_of_size(struct _test_data_group *self, __u32 argsz,
			struct hot_reset_info *info)
{
	memset(info, 0x5a, sizeof(*info));
	info->argsz = argsz;
	return iommu_ioctl(self->a.dev.fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
			   info);
}

static int reset_args(struct _test_data_group *self, __u32 argsz, __u32 flags,
		      __u32 count)
{
	struct vfio_pci_hot_reset reset = {
		.argsz = argsz,
		.flags = flags,
		.count = count,
	};

	return iommu_ioctl(self->a.dev.fd, VFIO_DEVICE_PCI_HOT_RESET, &reset);
}

TEST_F(group, bound_devices_are_told_by_their_ids)
{
	struct hot_reset_info info;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(hot_reset_info(&self->a.dev, &info));
	EXPECT_EQ(ALL_OWNED, info.flags);
	EXPECT_EQ(2, info.count);
	EXPECT_EQ(self->a.dev.dev_id, hot_reset_id(&info, self->a.pci.name));
	EXPECT_EQ(self->b.dev.dev_id, hot_reset_id(&info, self->b.pci.name));
}

TEST_F(group, unopened_sibling_is_told_to_be_owned)
{
	struct hot_reset_info info;

	ASSERT_OK(bind_a(self));
	ASSERT_OK(hot_reset_info(&self->a.dev, &info));
	EXPECT_EQ(ALL_OWNED, info.flags);
	EXPECT_EQ(2, info.count);
	EXPECT_EQ(self->a.dev.dev_id, hot_reset_id(&info, self->a.pci.name));
	EXPECT_EQ(HOT_RESET_OWNED, hot_reset_id(&info, self->b.pci.name));
}

TEST_F(group, sibling_stays_owned_when_it_is_closed)
{
	struct hot_reset_info info;

	ASSERT_OK(bind_both(self));
	vfio_close(&self->b.dev);
	ASSERT_OK(hot_reset_info(&self->a.dev, &info));
	EXPECT_EQ(ALL_OWNED, info.flags);
	EXPECT_EQ(HOT_RESET_OWNED, hot_reset_id(&info, self->b.pci.name));
	EXPECT_OK(hot_reset(&self->a.dev));
}

TEST_F(group, sibling_without_a_driver_is_not_owned)
{
	struct hot_reset_info info;

	ASSERT_OK(bind_a(self));
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	ASSERT_OK(hot_reset_info(&self->a.dev, &info));
	EXPECT_EQ(VFIO_PCI_HOT_RESET_FLAG_DEV_ID, info.flags);
	EXPECT_EQ(2, info.count);
	EXPECT_EQ(self->a.dev.dev_id, hot_reset_id(&info, self->a.pci.name));
	EXPECT_EQ(HOT_RESET_NOT_OWNED, hot_reset_id(&info, self->b.pci.name));
}

TEST_F(group, sibling_without_a_driver_is_in_the_way_of_a_reset)
{
	ASSERT_OK(bind_a(self));
	ASSERT_OK(set_mark(&self->a.dev, E1000E_MARK));
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	EXPECT_ERR(EINVAL, hot_reset(&self->a.dev));
	EXPECT_TRUE(is_marked(&self->a.dev, E1000E_MARK));
}

TEST_F(group, info_of_any_size_is_exact_or_tells_what_it_takes)
{
	const __u32 min = 12, full = min + 2 * 8;
	struct hot_reset_info info;
	__u32 argsz;

	ASSERT_OK(bind_both(self));
	for (argsz = 0; argsz < min; argsz++) {
		EXPECT_ERR(EINVAL, info_of_size(self, argsz, &info));
		EXPECT_EQ(0x5a5a5a5a, info.count);
	}
	for (; argsz < full; argsz++) {
		EXPECT_ERR(ENOSPC, info_of_size(self, argsz, &info));
		EXPECT_EQ(VFIO_PCI_HOT_RESET_FLAG_DEV_ID, info.flags);
		EXPECT_EQ(2, info.count);
		EXPECT_EQ(0x5a5a5a5a, info.devices[0].devid);
	}
	for (; argsz <= sizeof(info); argsz++) {
		EXPECT_OK(info_of_size(self, argsz, &info));
		EXPECT_EQ(ALL_OWNED, info.flags);
		EXPECT_EQ(2, info.count);
		EXPECT_EQ(0x5a5a5a5a, info.devices[2].devid);
	}
}

TEST_F(group, info_into_memory_that_cannot_be_written_is_refused)
{
	struct hot_reset_info *info = mem_alloc(mem_page_size());

	ASSERT_NE(NULL, info);
	ASSERT_OK(bind_both(self));
	info->argsz = sizeof(*info);
	mprotect(info, mem_page_size(), PROT_READ);
	EXPECT_ERR(EFAULT, iommu_ioctl(self->a.dev.fd,
				       VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
				       info));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->a.dev.fd,
				       VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
				       NULL));
	mem_free(info, mem_page_size());
}

TEST_F(group, reset_puts_the_registers_of_all_bound_devices_back)
{
	ASSERT_OK(bind_both(self));
	ASSERT_OK(mark_both(self));
	ASSERT_OK(hot_reset(&self->a.dev));
	EXPECT_TRUE(was_reset(&self->a.dev, E1000E_MARK));
	EXPECT_TRUE(was_reset(&self->b.dev, E1000E_MARK));
	/* They work again, and either of them can ask for it */
	ASSERT_OK(mark_both(self));
	ASSERT_OK(hot_reset(&self->b.dev));
	EXPECT_TRUE(was_reset(&self->a.dev, E1000E_MARK));
	EXPECT_TRUE(was_reset(&self->b.dev, E1000E_MARK));
}

TEST_F(group, bound_devices_keep_their_command_register)
{
	__u16 before, after;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(mark_both(self));
	ASSERT_OK(pci_config_read(self->b.pci.name, PCI_COMMAND, &before, 2));
	ASSERT_EQ(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
		  before & (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER));
	ASSERT_OK(hot_reset(&self->a.dev));
	ASSERT_OK(pci_config_read(self->b.pci.name, PCI_COMMAND, &after, 2));
	EXPECT_EQ(before, after);
}

TEST_F(group, unopened_sibling_is_reset_too)
{
	__u32 address = 0xfee00000;
	__u8 cap = 0;

	ASSERT_OK(bind_a(self));
	ASSERT_OK(pci_config_read(self->b.pci.name, MSI_CAP, &cap, 1));
	ASSERT_EQ(PCI_CAP_ID_MSI, cap);
	ASSERT_OK(pci_config_write(self->b.pci.name, MSI_ADDRESS, &address, 4));
	address = 0;
	ASSERT_OK(pci_config_read(self->b.pci.name, MSI_ADDRESS, &address, 4));
	ASSERT_EQ(0xfee00000, address);
	ASSERT_OK(hot_reset(&self->a.dev));
	ASSERT_OK(pci_config_read(self->b.pci.name, MSI_ADDRESS, &address, 4));
	EXPECT_EQ(0, address);
}

TEST_F(group, unopened_sibling_comes_back_with_decode_and_mastering_off)
{
	__u16 command;

	ASSERT_OK(bind_a(self));
	ASSERT_OK(pci_config_read(self->b.pci.name, PCI_COMMAND, &command, 2));
	command |= DECODE_AND_MASTER;
	ASSERT_OK(pci_config_write(self->b.pci.name, PCI_COMMAND, &command, 2));
	ASSERT_OK(hot_reset(&self->a.dev));
	ASSERT_OK(pci_config_read(self->b.pci.name, PCI_COMMAND, &command, 2));
	EXPECT_EQ(0, command & DECODE_AND_MASTER);
}

TEST_F(group, unopened_sibling_can_be_used_after_a_reset)
{
	ASSERT_OK(bind_a(self));
	ASSERT_OK(hot_reset(&self->a.dev));
	ASSERT_OK(vfio_open(&self->b.dev, self->b.pci.name));
	ASSERT_OK(vfio_bind(&self->b.dev, self->ours));
	EXPECT_OK(mark_both(self));
}

TEST_F(group, bound_device_takes_no_files_as_proof)
{
	ASSERT_OK(bind_both(self));
	ASSERT_OK(mark_both(self));
	EXPECT_ERR(EINVAL, hot_reset_by_file(&self->a.dev, self->ours));
	EXPECT_ERR(EINVAL, hot_reset_by_file(&self->a.dev, self->b.dev.fd));
	EXPECT_ERR(EINVAL, hot_reset_by_file(&self->a.dev, -1));
	EXPECT_ERR(EINVAL, reset_args(self, 12, 0, ~0u));
	EXPECT_TRUE(is_marked(&self->a.dev, E1000E_MARK));
	EXPECT_TRUE(is_marked(&self->b.dev, E1000E_MARK));
}

TEST_F(group, malformed_reset_is_refused)
{
	unsigned int bit;
	__u32 argsz;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(mark_both(self));
	for (argsz = 0; argsz < 12; argsz++)
		EXPECT_ERR(EINVAL, reset_args(self, argsz, 0, 0));
	for (bit = 0; bit < 32; bit++)
		EXPECT_ERR(EINVAL, reset_args(self, 12, 1u << bit, 0));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->a.dev.fd,
				       VFIO_DEVICE_PCI_HOT_RESET, NULL));
	EXPECT_TRUE(is_marked(&self->a.dev, E1000E_MARK));
	EXPECT_TRUE(is_marked(&self->b.dev, E1000E_MARK));
}

struct comer {
	struct _test_data_group *self;
	atomic_bool done;
	int rc;
};

static void *come_and_go(void *arg)
{
	struct comer *comer = arg;
	struct _test_data_group *self = comer->self;
	struct hot_reset_info info;
	int i;

	for (i = 0; i < 5 && !comer->rc; i++) {
		comer->rc = vfio_open(&self->b.dev, self->b.pci.name) ?:
			    vfio_bind(&self->b.dev, self->ours) ?:
			    hot_reset_info(&self->b.dev, &info);
		if (!comer->rc && info.flags != ALL_OWNED)
			comer->rc = -EPERM;
		vfio_close(&self->b.dev);
	}
	comer->done = true;
	return NULL;
}

TEST_F(group, sibling_can_come_and_go_during_resets)
{
	struct comer comer = { .self = self };
	int rc, resets = 0;
	pthread_t thread;

	ASSERT_OK(bind_a(self));
	ASSERT_EQ(0, pthread_create(&thread, NULL, come_and_go, &comer));
	while (!comer.done) {
		rc = hot_reset(&self->a.dev);
		if (!rc)
			resets++;
		else if (rc != -EBUSY && rc != -EAGAIN)
			EXPECT_OK(rc);
	}
	pthread_join(thread, NULL);
	EXPECT_OK(comer.rc);
	EXPECT_NE(0, resets);
}

struct asker {
	struct vfio_dev *dev;
	atomic_uint again;
};

static int ask(void *data)
{
	struct asker *asker = data;
	struct hot_reset_info info;
	int rc = hot_reset_info(asker->dev, &info);

	if (rc != -EAGAIN)
		return rc;
	asker->again++;
	return 0;
}

/* A function is plugged in between counting and listing them */
TEST_F(group, reset_that_would_affect_more_by_now_is_EAGAIN)
{
	struct asker asker = { .dev = &self->a.dev };
	const char *name = self->b.pci.name;
	struct hot_reset_info info;
	struct loop loop;
	int i, rc = 0;

	ASSERT_OK(bind_a(self));
	ASSERT_OK(pci_unbind_driver(name));
	ASSERT_OK(loop_start(&loop, ask, &asker));
	for (i = 0; !rc && !asker.again && i < 200; i++)
		rc = pci_remove(name) ?: pci_rescan(name);
	EXPECT_OK(loop_stop(&loop));
	EXPECT_OK(rc);
	EXPECT_NE(0, asker.again);
	TH_LOG("%d times plugged in, %u rounds", i, loop.rounds);
	/* Who tries again is told */
	ASSERT_OK(hot_reset_info(&self->a.dev, &info));
	EXPECT_EQ(2, info.count);
}

TEST_F(group, file_of_the_group_is_proof_on_the_older_way)
{
	struct vfio_container cont;
	struct vfio_dev dev;

	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_container_open(&cont, self->a.pci.group));
	ASSERT_OK(vfio_container_get_dev(&cont, self->a.pci.name, &dev));
	ASSERT_OK(set_mark(&dev, E1000E_MARK));
	EXPECT_ERR(EINVAL, hot_reset(&dev));
	EXPECT_TRUE(is_marked(&dev, E1000E_MARK));
	EXPECT_OK(hot_reset_by_file(&dev, cont.group_fd));
	EXPECT_TRUE(was_reset(&dev, E1000E_MARK));
	vfio_close(&dev);
	vfio_container_close(&cont);
}

TEST_F(group, inert_file_neither_tells_nor_resets)
{
	struct hot_reset_info info;

	ASSERT_OK(take_both(self));
	EXPECT_ERR(EINVAL, hot_reset_info(&self->a.dev, &info));
	EXPECT_ERR(EINVAL, hot_reset(&self->a.dev));
}

TEST_HARNESS_MAIN
