# What seed 000 sets up by hand, as a plan: a group, an identity, a vault, a role for the identity, a secret.

terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

variable "tenant_id" {
  type = string
}

variable "subscription_id" {
  type = string
}

variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
}

variable "secret_value" {
  type      = string
  sensitive = true
}

provider "azurerm" {
  tenant_id       = var.tenant_id
  subscription_id = var.subscription_id
  client_id       = var.client_id
  client_secret   = var.client_secret

  features {
    key_vault {
      purge_soft_delete_on_destroy          = true
      purge_soft_deleted_secrets_on_destroy = true
    }
  }
}

resource "azurerm_resource_group" "app" {
  name     = "rg-terraform"
  location = "westeurope"
}

resource "azurerm_user_assigned_identity" "app" {
  name                = "id-terraform"
  location            = azurerm_resource_group.app.location
  resource_group_name = azurerm_resource_group.app.name
}

resource "azurerm_key_vault" "app" {
  name                       = "kv-terraform"
  location                   = azurerm_resource_group.app.location
  resource_group_name        = azurerm_resource_group.app.name
  tenant_id                  = var.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
}

resource "azurerm_role_assignment" "app_reads_secrets" {
  scope                = azurerm_key_vault.app.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_key_vault_secret" "database_password" {
  name         = "database-password"
  value        = var.secret_value
  key_vault_id = azurerm_key_vault.app.id
}

output "secret_id" {
  value = azurerm_key_vault_secret.database_password.versionless_id
}
