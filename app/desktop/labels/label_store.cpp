#include "app/desktop/labels/label_store.h"

#include <QUrl>

#include "app/desktop/labels/postgres_label_store.h"
#include "app/desktop/labels/sqlite_label_store.h"

namespace galatea {

bool isDatabaseUrl(const QString& location) {
    return location.startsWith("postgresql://") || location.startsWith("postgres://");
}

std::unique_ptr<LabelStore> makeLabelStore(const QString& location, const QString& who) {
    if (isDatabaseUrl(location))
        return std::make_unique<PostgresLabelStore>(QUrl(location), who);
    return std::make_unique<SqliteLabelStore>(location, who);
}

} // namespace galatea
