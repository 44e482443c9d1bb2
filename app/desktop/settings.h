#pragma once
// What is remembered between starts: theme, layout, recent files. With no file nothing is read or written.

#include <memory>

#include <QByteArray>
#include <QSettings>
#include <QStringList>

#include "app/desktop/theme.h"

namespace galatea {

class Settings {
  public:
    Settings();                                ///< remembers nothing
    explicit Settings(const QString& iniFile); ///< this file
    static Settings forUser();                 ///< the person's own configuration

    ThemeChoice theme() const;
    void setTheme(ThemeChoice theme);
    QStringList recentFiles() const; ///< newest first, those that still exist
    void addRecentFile(const QString& path);
    void clearRecentFiles();
    /// SHA-256 of files the person lets in on a system without walls enough (sandbox/walls.h).
    QStringList allowedFiles() const;
    void addAllowedFile(const QString& sha256);
    QByteArray value(const QString& key) const;
    void setValue(const QString& key, const QByteArray& value);

  private:
    std::unique_ptr<QSettings> store_;
};

} // namespace galatea
