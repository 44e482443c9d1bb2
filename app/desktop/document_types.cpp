#include "app/desktop/document_types.h"

#include <QJsonObject>

namespace galatea {

namespace {
constexpr qsizetype longestName = 80;
}

QJsonArray toJson(const std::vector<ComponentLook>& looks) {
    QJsonArray array;
    for (const ComponentLook& look : looks)
        array.append(QJsonObject{{"name", look.name},
                                 {"colour", look.colour.isValid() ? look.colour.name() : QString()}});
    return array;
}

std::vector<ComponentLook> componentLooksFrom(const QJsonArray& array) {
    constexpr qsizetype most = 4096;
    std::vector<ComponentLook> looks;
    for (const QJsonValue& value : array) {
        if (static_cast<qsizetype>(looks.size()) == most)
            break;
        ComponentLook look;
        look.name = value["name"].toString().simplified().left(longestName);
        look.colour = QColor(value["colour"].toString());
        looks.push_back(look);
    }
    return looks;
}

} // namespace galatea
