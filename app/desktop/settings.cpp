#include "app/desktop/settings.h"

#include <QFileInfo>

namespace galatea {

namespace {
constexpr int mostRecent = 10;
}

Settings::Settings() = default;
Settings::Settings(const QString& iniFile)
    : store_(std::make_unique<QSettings>(iniFile, QSettings::IniFormat)) {}

Settings Settings::forUser() {
    Settings settings;
    settings.store_ =
        std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, "Galatea", "galatea");
    return settings;
}

ThemeChoice Settings::theme() const {
    const QByteArray name = value("theme");
    return name == "light" ? ThemeChoice::Light : name == "dark" ? ThemeChoice::Dark : ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice theme) {
    setValue("theme", theme == ThemeChoice::Light ? "light" : theme == ThemeChoice::Dark ? "dark" : "system");
}

QStringList Settings::recentFiles() const {
    QStringList files = store_ ? store_->value("recent").toStringList() : QStringList();
    files.removeIf([](const QString& file) { return !QFileInfo::exists(file); });
    return files;
}

void Settings::addRecentFile(const QString& path) {
    if (!store_)
        return;
    QStringList files = recentFiles();
    files.removeAll(path);
    files.prepend(path);
    store_->setValue("recent", QStringList(files.mid(0, mostRecent)));
}

void Settings::clearRecentFiles() {
    if (store_)
        store_->remove("recent");
}

QStringList Settings::allowedFiles() const {
    return store_ ? store_->value("allowed-without-walls").toStringList() : QStringList();
}

void Settings::addAllowedFile(const QString& sha256) {
    if (!store_)
        return;
    QStringList files = allowedFiles();
    files.removeAll(sha256);
    store_->setValue("allowed-without-walls", files << sha256);
}

QByteArray Settings::value(const QString& key) const {
    return store_ ? store_->value(key).toByteArray() : QByteArray();
}

void Settings::setValue(const QString& key, const QByteArray& value) {
    if (store_)
        store_->setValue(key, value);
}

} // namespace galatea
