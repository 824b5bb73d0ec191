// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that no IOMMU translates, in containers of VFIO's own and on
 * /dev/iommu: for who may do everything anyway, and nothing can be mapped.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/iommufd.h>
#include <linux/pci_regs.h>

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/container.h"
#include "lib/file.h"
#include "lib/iommu.h"
#include "lib/limit.h"
#include "lib/pci.h"
#include "lib/vfio.h"

#define UNSAFE "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

FIXTURE(bare)
{
	struct pci_dev pci;
	struct vfio_container cont;
	struct vfio_dev dev;
	char path[PATH_MAX];	/* of the group */
};

FIXTURE_VARIANT(bare)
{
	const char *path;
	bool on_iommufd;
};

FIXTURE_VARIANT_ADD(bare, of_vfio)
{
	.path = "/dev/vfio/vfio",
};

FIXTURE_VARIANT_ADD(bare, on_iommufd)
{
	.path = "/dev/iommu",
	.on_iommufd = true,
};

/* The group that VFIO has made up */
static int find_group(struct _test_data_bare *self)
{
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group",
		 self->pci.name);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	snprintf(self->path, sizeof(self->path), "/dev/vfio/noiommu-%s",
		 strrchr(target, '/') + 1);
	return 0;
}

static int open_group(struct _test_data_bare *self)
{
	self->cont.group_fd = open(self->path, O_RDWR | O_CLOEXEC);
	return self->cont.group_fd < 0 ? -errno : 0;
}

static void take_down(struct _test_data_bare *self)
{
	vfio_close(&self->dev);
	vfio_container_close(&self->cont);
	pci_give_back(&self->pci);
	file_write(UNSAFE, "0");
}

FIXTURE_SETUP(bare)
{
	self->dev.fd = -1;
	self->cont.group_fd = -1;
	if (pci_find(PCI_ID_EDU, PCI_NO_IOMMU, 0, &self->pci))
		SKIP_FROM_SETUP("every edu device is behind an IOMMU");
	self->cont.fd = open(variant->path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->cont.fd);
	ASSERT_OK(file_write(UNSAFE, "1"));
	ASSERT_OK(pci_take(&self->pci) ?: find_group(self) ?:
		  open_group(self)) {
		take_down(self);
	}
}

FIXTURE_TEARDOWN(bare)
{
	take_down(self);
}

static int set(struct _test_data_bare *self)
{
	return group_set_container(self->cont.group_fd, self->cont.fd);
}

TEST_F(bare, device_is_driven_without_mappings)
{
	__u16 vendor;
	char page;

	ASSERT_OK(set(self));
	EXPECT_EQ(1, container_extension(self->cont.fd, VFIO_NOIOMMU_IOMMU));
	EXPECT_EQ(0, container_extension(self->cont.fd, VFIO_TYPE1v2_IOMMU));
	ASSERT_OK(container_set_iommu(self->cont.fd, VFIO_NOIOMMU_IOMMU));
	ASSERT_OK(vfio_container_get_dev(&self->cont, self->pci.name,
					 &self->dev));
	ASSERT_OK(vfio_config_read(&self->dev, PCI_VENDOR_ID, &vendor,
				   sizeof(vendor)));
	EXPECT_EQ(0x1234, vendor);
	EXPECT_OK(vfio_map_bar(&self->dev, 0));
	EXPECT_ERR(ENOTTY, container_map(self->cont.fd, &page, 4096, 0,
					 VFIO_DMA_MAP_FLAG_READ));
	EXPECT_ERR(EBUSY, group_unset_container(self->cont.group_fd));
	vfio_close(&self->dev);
	EXPECT_OK(group_unset_container(self->cont.group_fd));
}

TEST_F(bare, kinds_that_map_are_refused)
{
	const int refused = variant->on_iommufd ? EINVAL : ENODEV;

	ASSERT_OK(set(self));
	EXPECT_ERR(refused, container_set_iommu(self->cont.fd,
						VFIO_TYPE1_IOMMU));
	EXPECT_ERR(refused, container_set_iommu(self->cont.fd,
						VFIO_TYPE1v2_IOMMU));
}

TEST_F(bare, without_privilege_nothing_is_handed_out)
{
	ASSERT_OK(limit_drop_cap(CAP_SYS_RAWIO));
	EXPECT_ERR(EPERM, set(self));
	close(self->cont.group_fd);
	EXPECT_ERR(EPERM, open_group(self));
}

TEST_F(bare, kind_of_container_is_for_groups_without_an_iommu_only)
{
	EXPECT_ERR(EINVAL, container_set_iommu(self->cont.fd,
					       VFIO_NOIOMMU_IOMMU));
}

/* The same, where a context is at hand */
FIXTURE(context)
{
	struct _test_data_bare bare;
	__u32 ioas_id;
};

FIXTURE_SETUP(context)
{
	self->bare.dev.fd = -1;
	self->bare.cont.group_fd = -1;
	if (pci_find(PCI_ID_EDU, PCI_NO_IOMMU, 0, &self->bare.pci))
		SKIP_FROM_SETUP("every edu device is behind an IOMMU");
	self->bare.cont.fd = iommu_open();
	ASSERT_LE(0, self->bare.cont.fd);
	ASSERT_OK(iommu_ioas_alloc(self->bare.cont.fd, &self->ioas_id));
	ASSERT_OK(file_write(UNSAFE, "1"));
	ASSERT_OK(pci_take(&self->bare.pci) ?: find_group(&self->bare) ?:
		  open_group(&self->bare)) {
		take_down(&self->bare);
	}
}

FIXTURE_TEARDOWN(context)
{
	take_down(&self->bare);
}

static int vfio_ioas(struct _test_data_context *self, __u16 op)
{
	struct iommu_vfio_ioas cmd = {
		.size = sizeof(cmd),
		.ioas_id = self->ioas_id,
		.op = op,
	};

	return iommu_ioctl(self->bare.cont.fd, IOMMU_VFIO_IOAS, &cmd);
}

TEST_F(context, address_space_keeps_such_groups_away)
{
	ASSERT_OK(vfio_ioas(self, IOMMU_VFIO_IOAS_SET));
	EXPECT_ERR(EINVAL, set(&self->bare));
	ASSERT_OK(vfio_ioas(self, IOMMU_VFIO_IOAS_CLEAR));
	EXPECT_OK(set(&self->bare));
}

TEST_F(context, such_a_group_keeps_address_spaces_away)
{
	ASSERT_OK(set(&self->bare));
	EXPECT_ERR(EINVAL, vfio_ioas(self, IOMMU_VFIO_IOAS_SET));
	ASSERT_OK(group_unset_container(self->bare.cont.group_fd));
	EXPECT_ERR(EINVAL, vfio_ioas(self, IOMMU_VFIO_IOAS_SET));
	EXPECT_OK(set(&self->bare));
}

TEST_F(context, such_a_device_has_no_node)
{
	struct vfio_dev dev;

	EXPECT_ERR(ENOENT, vfio_open(&dev, self->bare.pci.name));
	vfio_close(&dev);
}

TEST_HARNESS_MAIN
