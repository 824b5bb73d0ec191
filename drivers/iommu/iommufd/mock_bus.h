/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_MOCK_BUS_H
#define _IOMMUFD_MOCK_BUS_H

#include <linux/device/bus.h>

#ifdef CONFIG_IOMMUFD_TEST
extern struct bus_type iommufd_mock_bus_type;

int iommufd_mock_init(void);
void iommufd_mock_exit(void);
#else
static inline int iommufd_mock_init(void)
{
	return 0;
}

static inline void iommufd_mock_exit(void)
{
}
#endif

#endif
